/**
 * Every way in which input can be wrong, with what is allowed instead and how to get there.
 * The texts are data so that each message has the same three parts: given, allowed, fix.
 */
export const errorCodes = {
  'name-invalid': {
    allowed:
      'lower case letters, digits, "-" and ".", starting and ending with a letter or digit, 253 characters at most',
    fix: 'set metadata.name, or choose another construct id or resource name',
  },
  'name-duplicate': { allowed: 'one of each name in a namespace', fix: 'rename one of them' },
  'workload-missing': { allowed: 'the name of a Deployment', fix: 'set workloadRef.name' },
  'workload-kind': {
    allowed: 'apps/v1 Deployment',
    fix: 'release other kinds by their own means; graylane releases Deployments',
  },
  'workload-not-found': { allowed: 'a Deployment of this app', fix: 'add the Deployment, or correct the name' },
  'workload-shared': {
    allowed: 'one rollout for each workload',
    fix: 'remove one of the rollouts',
  },
  'workload-paused': {
    allowed: 'a Deployment without spec.paused',
    fix: 'remove spec.paused: a release pauses and resumes the Deployment itself',
  },
  'workload-recreate': {
    allowed: 'strategy RollingUpdate',
    fix: 'set spec.strategy.type to RollingUpdate: Recreate stops all pods at promotion',
  },
  'workload-selector': {
    allowed: 'a selector whose matchLabels are all labels of the pod template',
    fix: 'make spec.selector.matchLabels and spec.template.metadata.labels agree',
  },
  'label-reserved': {
    allowed: 'labels outside graylane.io/',
    fix: 'remove the label: graylane.io/ labels tell our objects from yours',
  },
  'steps-count': { allowed: '1 to 50 steps', fix: 'declare at least one step, and 50 at most' },
  'replicas-missing': {
    allowed: 'a positive integer, or a percentage above "0%" and up to "100%"',
    fix: 'set how many canary replicas the step has',
  },
  'replicas-invalid': {
    allowed: 'a positive integer, or a percentage above "0%" and up to "100%"',
    fix: 'write a number (2), or a string with a percent sign ("20%")',
  },
  'replicas-decreasing': {
    allowed: "at least the previous step's replicas",
    fix: 'raise this step or lower the one before: a canary is never scaled down within a release',
  },
  'replicas-unknown': {
    allowed: 'a Deployment with spec.replicas, or a step with a number',
    fix: 'set spec.replicas, or give the step a number: a percentage needs to know of how many',
  },
  'traffic-invalid': {
    allowed: 'a whole percentage from "1%" to "100%"',
    fix: 'write a string such as "20%"',
  },
  'weight-invalid': { allowed: 'a whole number from 1 to 100', fix: 'write the share in percent, such as 20' },
  'matches-count': { allowed: '1 to 16 matches', fix: 'remove the list, or keep at most 16 entries' },
  'match-empty': {
    allowed: 'at least one of path, headers, queryParams, cookies',
    fix: 'add a condition: an empty match would take every request',
  },
  'conditions-count': { allowed: 'at most 16 entries', fix: 'keep at most 16 entries' },
  'condition-name': {
    allowed: "a name of letters, digits and !#$%&'*+-.^_`|~",
    fix: 'set the name of the header, query parameter or cookie',
  },
  'condition-duplicate': {
    allowed: 'each name once in a match',
    fix: 'write alternatives as separate matches: conditions of one match must all hold',
  },
  'condition-type': {
    allowed: '"Exact" or "RegularExpression"',
    fix: 'set type to one of these, or leave it out for Exact',
  },
  'condition-value': {
    allowed: 'a non-empty value in one line of printable characters, without spaces at its ends',
    fix: 'set the value, without line breaks and control characters',
  },
  'condition-regex': {
    allowed: 'a valid regular expression',
    fix: 'correct the expression; it must match the whole value',
  },
  'condition-reserved': {
    allowed: 'any header but the tag that the lane itself sets',
    fix: 'match on another header: the tag marks requests that are in the lane already',
  },
  'path-type': { allowed: '"Exact", "PathPrefix" or "RegularExpression"', fix: 'set path.type to one of these' },
  'path-value': { allowed: 'a path that starts with "/"', fix: 'write the whole path, such as "/orders"' },
  'modifier-empty': {
    allowed: 'at least one of set, add, remove',
    fix: 'add an entry, or leave requestHeaderModifier out',
  },
  'modifier-count': { allowed: 'at most 16 entries each in set, add and remove', fix: 'keep at most 16 entries' },
  'modifier-name': { allowed: "letters, digits and !#$%&'*+-.^_`|~", fix: 'set the name of a header' },
  'modifier-duplicate': {
    allowed: 'each header in one entry, names compared without case',
    fix: 'merge the entries of this header',
  },
  'modifier-value': {
    allowed: 'a non-empty line of printable characters without double quotes, backslashes and spaces at its ends',
    fix: 'remove line breaks, quotes and control characters: they could inject other headers',
  },
  'modifier-unrouted': {
    allowed: 'requestHeaderModifier beside traffic or matches',
    fix: 'add traffic or matches to the step: without them there is no route that could change headers',
  },
  'pause-duration': { allowed: 'seconds, 0 or more', fix: 'write whole seconds; leave duration out for a manual gate' },
  'routing-twice': {
    allowed: 'either trafficRoutingRef (a lane) or trafficRoutings',
    fix: 'remove one of the two',
  },
  'routing-count': {
    allowed: 'at most one entry in trafficRoutings',
    fix: 'use a lane: its objectRef takes several Ingresses and routes of one Service',
  },
  'routing-missing': {
    allowed: 'traffic and matches in rollouts with trafficRoutings',
    fix: 'add trafficRoutings, or remove traffic and matches: nothing would carry them out',
  },
  'routing-in-lane': {
    allowed: 'steps with replicas and pause',
    fix: 'remove traffic, matches and requestHeaderModifier from the step: the lane has them',
  },
  'routing-changed': {
    allowed: 'the workload and the routing with which the release began',
    fix: 'change them back, or abort the release first (declare the stable template again)',
  },
  'grace-negative': { allowed: 'seconds, 0 or more', fix: 'write whole seconds; leave it out for 3' },
  'lane-not-found': { allowed: 'a lane of this app', fix: 'add the lane, or correct the name' },
  'lane-objects': { allowed: 'at least one entry in objectRef', fix: 'name the Service and its Ingress or route' },
  'lane-services': {
    allowed: 'one Service in all entries of objectRef',
    fix: "name the entry's Service in each of them; another Service needs a lane of its own",
  },
  'lane-unrouted': {
    allowed: 'matches, a weight, or both',
    fix: 'say which requests take the lane',
  },
  'lane-hop': {
    allowed: "Services other than the entry's in hops",
    fix: "name the bases of the entry's Service in objectRef, and in hops those of the Services that it calls",
  },
  'lane-untagged': {
    allowed: 'a header in requestHeaderModifier.set beside hops',
    fix: 'set the header that the services pass on: by it the hops tell requests of the lane',
  },
  'service-missing': { allowed: 'the name of a Service', fix: 'set service' },
  'service-not-found': { allowed: 'a Service of this app', fix: 'add the Service, or correct the name' },
  'service-external': {
    allowed: 'a Service that selects pods',
    fix: 'use a Service with a selector (ExternalName and selector-less Services have no canary)',
  },
  'service-foreign': {
    allowed: "a Service that selects the workload's pods",
    fix: 'name a Service whose selector matches the labels of the pod template',
  },
  'base-missing': {
    allowed: 'exactly one of ingress, gateway, customNetworkRefs',
    fix: 'name the Ingress or route that leads to the Service',
  },
  'base-not-found': { allowed: 'an object of this app', fix: 'add the object, or correct the name' },
  'base-without-service': {
    allowed: 'a rule whose backend is the Service',
    fix: 'point a path of the base at the Service, or name another base',
  },
  'base-unsuitable': {
    allowed: 'a base that leaves room for the route',
    fix: 'change the base, or what the routing asks for',
  },
  'routes-overlap': {
    allowed: 'routes on one base that no request could both take',
    fix: 'give one header, query parameter, cookie or path another exact value in each of them, and only one of them a share',
  },
  'base-repeated': { allowed: 'each base once for a Service of a routing', fix: 'remove the repeated entry' },
  'base-gateways': {
    allowed: 'one gateway for each base',
    fix: 'name the gateway that really reads the base, in every lane and rollout',
  },
  'gateway-unknown': { allowed: 'a gateway of the registry', fix: 'correct classType' },
  'gateway-unsupported': {
    allowed: 'what this gateway can express',
    fix: 'change the routing, or use a gateway that supports it',
  },
  'canary-label': {
    allowed: "a label of stable's selector on which every Service of the workload selects",
    fix: 'let the named Services select on one common label of the Deployment, or set canaryLabel',
  },
  'patch-selector': {
    allowed: "labels outside the Deployment's selector and graylane.io/",
    fix: 'remove the label from patchPodTemplateMetadata',
  },
  'patch-label': {
    allowed: 'valid Kubernetes labels (values up to 63 characters)',
    fix: 'correct the key or value',
  },
  'patch-subset': {
    allowed: 'the pod label by which the gateway selects the lane',
    fix: 'add the label to patchPodTemplateMetadata.labels, so that the gateway finds the canary pods',
  },
  'object-taken': {
    allowed: 'a name that is free, or an object with our label',
    fix: 'rename that object: the release needs the name for its own',
  },
  'stage-unknown': { allowed: 'a stage of this rollout', fix: 'choose one of the stages listed' },
  'ledger-folders': {
    allowed: 'one folder of ledgers in an app',
    fix: 'give each environment an App of its own, with its own folder',
  },
  'ledger-missing': {
    allowed: 'a ledger for every rollout',
    fix: 'run `graylane record` once: it writes the ledger of the revision that runs',
  },
  'ledger-orphan': {
    allowed: 'a rollout for every ledger with a release under way',
    fix: 'put the rollout back until its release is over or aborted, or delete the ledger if nothing of it runs',
  },
  'ledger-invalid': {
    allowed: 'a ledger as graylane wrote it',
    fix: 'take the last good version from the history; graylane record and graylane advance write it',
  },
  'ledger-version': { allowed: 'version 1', fix: 'upgrade graylane: a newer version wrote this ledger' },
  'ledger-behind': {
    allowed: "stable's template while no release is under way",
    fix: 'run `graylane advance` to begin a release, or change the template back',
  },
  'ledger-template': {
    allowed: "stable's template or the target's while a release is under way",
    fix: "run `graylane advance` to abort this release first, or declare the target's template again",
  },
  'template-unstable': {
    allowed: 'a template that is the same on every synth',
    fix: 'replace random or time-dependent values, such as generated passwords of a Helm chart, by fixed ones',
  },
  'advance-nothing': {
    allowed: 'a new template, or a release under way',
    fix: 'change the workload first: there is nothing to release',
  },
  'delivery-mixed': {
    allowed: 'one delivery for a lane and its rollouts',
    fix: 'leave delivery out of the rollout: it is that of its lane',
  },
  'gate-early': { allowed: "advancing when the gate's time is over", fix: 'wait, or shorten the pause of the step' },
  'step-unknown': { allowed: 'a step of this rollout', fix: 'choose one of the steps' },
  'field-unknown': { allowed: 'the fields of its API version', fix: 'remove the field, or correct its name' },
  'field-missing': { allowed: 'a value: the field is required', fix: 'set the field' },
  'field-type': {
    allowed: 'a value of the type that the API has',
    fix: 'correct the value; quote it if it is a string',
  },
  'kruise-version': {
    allowed: 'a version of rollouts.kruise.io that graylane reads',
    fix: 'convert the object to one of these versions',
  },
  'kruise-unsupported': {
    allowed: 'a canary style release of a Deployment',
    fix: 'remove it: a release here has nothing like it',
  },
  'kruise-lost': {
    allowed: "what Kruise's API can say",
    fix: 'remove it, or choose another version with --api: printed, it would be lost',
  },
  'kruise-kind': {
    allowed: 'Rollout and TrafficRouting',
    fix: 'remove the object: the controller makes the other kinds of its group itself',
  },
  'file-unreadable': { allowed: 'a file, a folder, or - for stdin', fix: 'correct the path' },
  'file-unwritable': { allowed: 'a file in a folder that is there', fix: 'correct the path, or make the folder' },
  'file-size': { allowed: 'files up to 5 MB', fix: 'give only the manifests of the release' },
  'file-encoding': { allowed: 'text in UTF-8', fix: 'convert the file' },
  'file-empty': { allowed: 'at least one Kubernetes object', fix: 'give the manifests of the release' },
  'yaml-syntax': { allowed: 'YAML or JSON', fix: 'correct the text at this line' },
  'yaml-duplicate-key': { allowed: 'each key once in a map', fix: 'remove one of the two: only one would count' },
  'yaml-aliases': { allowed: 'at most 100 aliases in a document', fix: 'write the values out' },
  'object-shape': { allowed: 'Kubernetes objects, with apiVersion and kind', fix: 'add what is missing, or remove it' },
  'object-duplicate': { allowed: 'each object once', fix: 'remove one of the two, or give fewer files' },
  'provider-ignored': {
    allowed: 'no provider of another package, or kubeconfig beside it',
    fix: "give the cluster as kubeconfig: Pulumi does not pass another package's provider on to this resource",
  },
  'import-impossible': {
    allowed: 'resources that this program makes',
    fix: 'set adopt: true instead of import: the running Deployment is taken over, and no pod restarts',
  },
  'workload-secret': {
    allowed: 'a workload without Pulumi secrets: the release keeps it readable in a ConfigMap',
    fix: 'put the secret into a Kubernetes Secret, and refer to that from the pod template',
  },
  'workload-renamed': {
    allowed: 'the Deployment with which the rollout was made',
    fix: 'give the resource another name as well: another Deployment is another rollout',
  },
  'rollout-not-found': { allowed: 'a rollout of the input', fix: 'correct the name, or add the Rollout' },
  'rollout-ambiguous': { allowed: 'one of the rollouts that have something to do', fix: 'name the ones that you mean' },
  'app-missing': {
    allowed: 'a cdk8s.yaml whose `app` is the command that runs the app',
    fix: 'run graylane in the folder of the app',
  },
  'app-failed': { allowed: 'an app that runs', fix: 'correct what the app says above' },
  'app-silent': {
    allowed: 'an app that reads its ledgers',
    fix: "call Ledger.fromFolder(app, 'releases/...') before app.synth()",
  },
  'ledger-folder': { allowed: 'a folder of ledgers that the app reads', fix: 'name one of them with --ledger' },
  'ledger-frozen': {
    allowed: 'ledgers that are up to date',
    fix: 'run the command without --frozen, outside of CI, and commit what it writes',
  },
  'template-differs': {
    allowed: 'a declared template that changes nothing of the running one',
    fix: 'declare the running template first, record it, and release the change after that',
  },
  'git-failed': { allowed: 'a revision of the repository of this folder', fix: 'correct the revision, or fetch it' },
} as const satisfies Record<string, { allowed: string; fix: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One thing that is wrong: where, what was given, what is allowed, and how to fix it. */
export interface Problem {
  readonly code: ErrorCode;
  /** Path of the field, such as `rollout-a: steps[1].replicas`. */
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
  readonly fix: string;
}

/** A problem with the catalogue's texts; `details` replaces them where the case knows better. */
export function problem(
  code: ErrorCode,
  path: string,
  given: unknown,
  details: { allowed?: string; fix?: string } = {},
): Problem {
  return { code, path, given: show(given), ...errorCodes[code], ...details };
}

/**
 * The user's input is wrong. Its stack is its message: a trace into our code helps nobody to correct their own.
 */
export class GraylaneError extends Error {
  declare readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const all = [problems].flat();
    super(all.map(describe).join('\n'));
    this.name = 'GraylaneError';
    // Node prints enumerable fields of an uncaught error below it: the message says it all.
    Object.defineProperty(this, 'problems', { value: all });
    this.stack = `${this.name}: ${this.message}`;
  }

  /** Code of the first problem. */
  get code(): ErrorCode | undefined {
    return this.problems[0]?.code;
  }

  /** The same error with `prefix` (an object or a construct path) before each field path. */
  at(prefix: string): GraylaneError {
    return new GraylaneError(this.problems.map((p) => ({ ...p, path: `${prefix}: ${p.path}` })));
  }
}

/** Throws one error that tells all problems, if there are any. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new GraylaneError(problems);
}

/** Runs work whose errors lack whose fields they mean: `name` comes before their paths. */
export function naming<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof GraylaneError ? error.at(name) : error;
  }
}

/** The same problems, each of a field of `name`. */
export function within(name: string, problems: readonly Problem[]): Problem[] {
  return problems.map((p) => ({ ...p, path: `${name}: ${p.path}` }));
}

function describe({ code, path, given, allowed, fix }: Problem): string {
  return `${path}: ${given} is not possible; allowed: ${allowed}. To fix: ${fix}. (${code})`;
}

/** Values are shortened: an error is no place for a whole pod template. */
function show(given: unknown): string {
  if (given === undefined) return 'nothing';
  const text = JSON.stringify(given) ?? typeof given;
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
