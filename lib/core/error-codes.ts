/** What can be wrong with the declaration of a release, and with where it stands: what is allowed instead, and how to get there. */
export const errorCodes = {
  'name-invalid': {
    allowed:
      'lower case letters, digits, "-" and ".", starting and ending with a letter or digit, 253 characters at most',
    fix: 'set metadata.name, or choose another construct id or resource name',
  },
  'name-duplicate': {
    says: '% is there twice',
    allowed: 'one of each name in a namespace',
    fix: 'remove one of them, or rename it if they route other requests or release other workloads',
  },
  'workload-missing': { allowed: 'the name of a Deployment', fix: 'set workloadRef.name' },
  'workload-kind': {
    allowed: 'apps/v1 Deployment',
    fix: 'name a Deployment of apps/v1, or remove the rollout: other kinds are released by their own means',
  },
  'workload-not-found': {
    says: 'there is no Deployment %',
    allowed: 'a Deployment of this app',
    fix: 'add the Deployment, or correct the name',
  },
  'workload-shared': {
    says: '% has two rollouts',
    allowed: 'one rollout for each workload',
    fix: 'remove one of the rollouts',
  },
  'workload-renamed': {
    says: 'it is %',
    allowed: 'the Deployment under the name that it had: one of another name is made at once, without a gate',
    fix:
      'declare the old name; to have another one, declare a second Deployment of that name, with a rollout of its own and ' +
      'the template that runs, and remove the old two when it serves',
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
  'steps-count': {
    says: 'there are %',
    allowed: '1 to 50 steps',
    fix: 'declare at least one step, and 50 at most',
  },
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
    fix: 'write a string such as "20%"; leave traffic out of a step that sends nobody to the canary',
  },
  'weight-invalid': { allowed: 'a whole number from 1 to 100', fix: 'write the share in percent, such as 20' },
  'matches-count': {
    says: 'there are %',
    allowed: '1 to 16 matches',
    fix: 'remove an empty list; keep at most 16 entries of a longer one',
  },
  'match-empty': {
    allowed: 'at least one of path, headers, queryParams, cookies',
    fix: 'add a condition: an empty match would take every request',
  },
  'conditions-count': {
    says: 'there are %',
    allowed: 'at most 16 entries',
    fix: 'keep at most 16 entries',
  },
  'condition-name': {
    allowed: "a name of letters, digits and !#$%&'*+-.^_`|~",
    fix: 'set the name of the header, query parameter or cookie',
  },
  'condition-duplicate': {
    says: '% is there twice',
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
  'modifier-count': {
    says: 'there are %',
    allowed: 'at most 16 entries each in set, add and remove',
    fix: 'keep at most 16 entries',
  },
  'modifier-name': { allowed: "letters, digits and !#$%&'*+-.^_`|~", fix: 'set the name of a header' },
  'modifier-duplicate': {
    says: '% is there twice',
    allowed: 'each header in one entry, names compared without case',
    fix: 'merge the entries of this header',
  },
  'modifier-value': {
    allowed: 'a non-empty line of printable characters without double quotes, backslashes and spaces at its ends',
    fix: 'remove line breaks, quotes and control characters: they could inject other headers',
  },
  'modifier-unrouted': {
    says: '% is given where nothing is routed',
    allowed: 'requestHeaderModifier beside traffic or matches',
    fix: 'add traffic or matches to the step: without them there is no route that could change headers',
  },
  'pause-duration': { allowed: 'seconds, 0 or more', fix: 'write whole seconds; leave duration out for a manual gate' },
  'routing-twice': {
    allowed: 'either trafficRoutingRef (a lane) or trafficRoutings',
    fix: 'remove one of the two',
  },
  'routing-services': {
    allowed: 'one Service in all entries: they are the Ingresses and routes that lead to it',
    fix: 'name the same Service in each of them; another Service needs a routing of its own',
  },
  'routing-missing': {
    says: '% is given without a routing',
    allowed: 'traffic and matches in rollouts with trafficRoutings',
    fix: 'add trafficRoutings, or remove traffic and matches: nothing would carry them out',
  },
  'routing-in-lane': {
    says: '% is given in a lane',
    allowed: 'steps with replicas and pause',
    fix: 'remove traffic, matches and requestHeaderModifier from the step: the lane has them',
  },
  'routing-changed': {
    says: 'there is %',
    allowed: 'the workload and the routing with which the release began',
    fix: 'change them back; to have them otherwise, abort the release first (declare the stable template again, and them as they were)',
  },
  'grace-negative': { allowed: 'seconds, 0 or more', fix: 'write whole seconds; leave it out for 3' },
  'lane-not-found': {
    says: 'there is no lane %',
    allowed: 'a lane of this app',
    fix: 'add the lane, or correct the name',
  },
  'lane-objects': { allowed: 'at least one entry in objectRef', fix: 'name the Service and its Ingress or route' },
  'lane-unrouted': {
    allowed: 'matches, a weight, or both',
    fix: 'say which requests take the lane',
  },
  'lane-hop': {
    allowed: "Services other than the entry's in hops",
    fix: "name the bases of the entry's Service in objectRef, and in hops those of the Services that it calls",
  },
  'lane-untagged': {
    allowed: 'a header in requestHeaderModifier.set, or an entry in tag.baggage, beside hops',
    fix: 'set the header, or the entry of the baggage, that the services pass on: by it the hops tell requests of the lane',
  },
  'tag-entry': {
    allowed: '`key=value`, each of letters, digits, ".", "_" and "-", 63 at most: other characters may arrive encoded',
    fix: 'write an entry such as lane=gray',
  },
  'tag-changed': {
    says: '% is changed beside tag.baggage',
    allowed: 'the entry of the tag, which is appended to what the client sends',
    fix: 'leave this header out of requestHeaderModifier',
  },
  'service-missing': { allowed: 'the name of a Service', fix: 'set service' },
  'service-not-found': {
    says: 'there is no Service %',
    allowed: 'a Service of this app',
    fix: 'add the Service, or correct the name',
  },
  'service-external': {
    allowed: 'a Service that selects pods',
    fix: 'use a Service with a selector (ExternalName and selector-less Services have no canary)',
  },
  'service-foreign': {
    allowed: "a Service that selects the workload's pods",
    fix: 'name a Service whose selector matches the labels of the pod template',
  },
  'base-missing': {
    says: '% are named',
    allowed: 'exactly one of ingress, gateway, customNetworkRefs',
    fix: 'name the Ingress or route that leads to the Service',
  },
  'base-not-found': {
    says: 'there is no %',
    allowed: 'an object of this app',
    fix: 'add the object, or correct the name',
  },
  'gateway-routes': {
    says: 'it names %',
    allowed: 'exactly one of httpRouteName, grpcRouteName',
    fix: 'name the route that leads to the Service',
  },
  'base-without-service': {
    says: '%',
    allowed: 'a rule whose backend is the Service',
    fix: 'point a path of the base at the Service, or name another base',
  },
  'base-unsuitable': {
    allowed: 'a base that leaves room for the route',
    fix: 'change the base, or what the routing asks for',
  },
  'routes-overlap': {
    says: '% take the same requests',
    allowed: 'routes on one base that no request could both take',
    fix: 'give one header, query parameter, cookie or path another exact value in each of them, and only one of them a share',
  },
  'base-repeated': {
    says: '% is named twice',
    allowed: 'each base once for a Service of a routing',
    fix: 'remove the repeated entry',
  },
  'base-gateways': {
    says: '% is read by different gateways',
    allowed: 'one gateway for each base',
    fix: 'name the gateway that really reads the base, in every lane and rollout',
  },
  'gateway-unnamed': {
    allowed: 'a gateway of the registry',
    fix: 'set classType to the gateway that reads the Ingress',
  },
  'gateway-unknown': { allowed: 'a gateway of the registry', fix: 'correct classType' },
  'gateway-unsupported': {
    says: '% cannot be expressed',
    allowed: 'what this gateway can express',
    fix: 'change the routing, or use a gateway that supports it',
  },
  'canary-label': {
    allowed: "a label of stable's selector on which every Service of the workload selects",
    fix: "let the named Services select on one common label of the Deployment's selector",
  },
  'canary-policy': {
    says: '% means all pods but the declared ones, and so the canary',
    allowed: 'network policies that mean the canary by a label of its own, or with the pods that are declared',
    fix: "let the policy leave out the canary's value of the label as well",
  },
  'canary-left-out': {
    says: '%',
    allowed:
      'what protects stable protects the canary too; or it has the annotation graylane.io/canary: left-out, which says that it is not meant to',
    fix: 'let it find the canary as well',
  },
  'stable-left-out': {
    says: '%',
    allowed: "what fits stable's pods and those of the new revision alike, for both run while a release is under way",
    fix: 'release the pods first, and change what leads to them afterwards',
  },
  'readiness-gate': {
    says: '%',
    allowed: "readiness gates that hold before a route leads to the canary's pods",
    fix: 'leave it out of the pod template',
  },
  'patch-selector': {
    allowed:
      "labels outside the Deployment's selector and graylane.io/, and the one that canaryLabel names, with another value than stable's",
    fix: 'remove the label from patchPodTemplateMetadata, or name it as canaryLabel where every Service of the workload selects on it',
  },
  'patch-label': {
    allowed: 'valid Kubernetes labels (values up to 63 characters)',
    fix: 'correct the key or value',
  },
  'patch-annotation': {
    allowed: 'keys that Kubernetes takes for annotations, outside graylane.io/',
    fix: 'correct the key, or remove the annotation',
  },
  'patch-subset': {
    allowed: 'the pod label by which the gateway selects the lane',
    fix: 'add the label to patchPodTemplateMetadata.labels, so that the gateway finds the canary pods',
  },
  'object-taken': {
    says: '% is taken',
    allowed: 'a name that is free, or an object with our label',
    fix: 'rename that object: the release needs the name for its own',
  },
  'stage-unknown': {
    says: 'there is no stage %',
    allowed: 'a stage of this rollout',
    fix: 'choose one of the stages listed',
  },
  'ledger-invalid': {
    says: 'it is %',
    allowed: 'a ledger as graylane wrote it',
    fix: 'take the last good version from the history; graylane record and graylane advance write it',
  },
  'ledger-version': { allowed: 'version 1 or 2', fix: 'upgrade graylane: a newer version wrote this ledger' },
  'recording-invalid': {
    says: '% is of another version',
    allowed: 'a recording of this version of graylane',
    fix: 'use the same version of graylane in the app and on the command line',
  },
  'template-unstable': {
    says: 'there is %',
    allowed: 'a template that is the same on every synth',
    fix: 'replace random or time-dependent values, such as generated passwords of a Helm chart, by fixed ones',
  },
  'advance-nothing': {
    says: '%',
    allowed: 'a new template, or a release under way',
    fix: 'change the workload first: there is nothing to release',
  },
  'advance-aborted': {
    says: 'the last release went back from %',
    allowed: 'another template than the one that the last release went back from',
    fix: 'declare the one that is to be released; --again says that this very one is meant',
  },
  'approval-invalid': {
    says: '% is no approval',
    allowed: 'ROLLOUT#RELEASE/step-N, such as rollout-a#12-5f0c1e9ab3d2/step-1',
    fix: 'copy it from the message at the gate',
  },
  'approval-unmatched': {
    says: '% is of none of these rollouts',
    allowed: 'those of the rollouts that are declared',
    fix: 'correct the name, or take it away',
  },
  'abort-invalid': {
    says: '% names no release',
    allowed: 'ROLLOUT#RELEASE, such as rollout-a#12-5f0c1e9ab3d2',
    fix: 'copy it from the message at the gate, without /step-N',
  },
  'abort-unnamed': {
    says: '% does not say which release, and would take every later one back, too',
    allowed: 'a release with its id, such as rollout-a#12-5f0c1e9ab3d2',
    fix: 'take it away',
  },
  'release-by-number': {
    says: '% names its release by the number alone, which comes back when the rollout is made anew',
    allowed: 'a release with its id, such as rollout-a#12-5f0c1e9ab3d2',
    fix: 'take it away',
  },
  'stage-ahead': {
    says: 'it has not come to %',
    allowed: 'a stage that the release has come to',
    fix: 'wait for the commit before this one, then try again',
  },
  'gate-early': {
    says: 'it is only %',
    allowed: "advancing when the gate's time is over",
    fix: 'wait, or shorten the pause of the step',
  },
  'check-undecided': {
    says: 'the release waits for them: %',
    allowed: 'going on when the checks of the step hold',
    fix: 'wait, or take the check out of the plan, or declare whenUndecided: pass for it',
  },
  'check-broken': {
    says: 'a check is broken: %',
    allowed: 'going on when no check is broken',
    fix: 'go back with graylane abort, or correct the check in the plan',
  },
  'on-broken': { allowed: '"abort" or "hold"', fix: 'set onBroken to one of these, or leave it out for abort' },
  'bake-seconds': {
    allowed: 'whole seconds, 0 or more',
    fix: 'write for how long a promoted revision is watched, such as 600',
  },
  'check-name': {
    allowed: 'lower case letters, digits and "-", starting and ending with a letter or digit, 63 characters at most',
    fix: 'choose another name for the check',
  },
  'check-duplicate': {
    says: '% is there twice',
    allowed: 'each name once among the checks of a step and those of its rollout',
    fix: 'rename one of the checks, or remove it',
  },
  'check-kind': {
    says: 'there are %',
    allowed: 'exactly one of requests, http, command, alerts',
    fix: 'say how it is asked by one of these fields; make two checks of what is asked in two ways',
  },
  'check-when-undecided': {
    allowed: '"hold" or "pass"',
    fix: 'set whenUndecided to one of these, or leave it out for hold',
  },
  'check-unlike': {
    says: '% compares what gets other requests: those of the canary are picked by what they are',
    allowed: 'noWorseThan where requests are divided by weight',
    fix: 'use atMost instead, the share that may fail whatever stable does',
  },
  'check-url': {
    allowed: 'http://, https:// or service://NAMESPACE/NAME:PORT/PATH, without a user, a password and spaces',
    fix: 'write the whole address; what proves who asks belongs into headers',
  },
  'check-header': {
    allowed: "a name of letters, digits and !#$%&'*+-.^_`|~",
    fix: 'correct the name of the header',
  },
  'check-header-value': {
    allowed: 'one line of printable ASCII characters, or ${NAME} for what the environment has',
    fix: 'take out line breaks and characters of other alphabets',
  },
  'check-authorization': {
    says: '% does not get through: the API server takes it for its own',
    allowed: 'other headers where a Service is asked through the API server',
    fix: 'ask a URL that leads to the Service itself, or take the header out',
  },
  'check-timeout': { allowed: 'whole seconds', fix: 'write after how many seconds there is no reply' },
  'check-expectation': {
    allowed: 'status, json or both',
    fix: 'say what the reply is expected to be, such as status: 200',
  },
  'check-status': { allowed: 'a whole number from 100 to 599', fix: 'write the HTTP status, such as 200' },
  'check-json-path': {
    allowed: 'JSONPath as in RFC 9535',
    fix: 'begin with "$", such as "$.status", and put names with other characters into $["..."]',
  },
  'check-argv': {
    allowed: 'a program and its arguments, one text each',
    fix: 'write such as ["./smoke.sh", "--fast"]; a line for a shell is ["sh", "-c", "..."]',
  },
  'check-from': { allowed: '"prometheus" or "alertmanager"', fix: 'say what replies at the source' },
  'check-labels': {
    allowed: 'at least one label, its name of letters, digits and "_"',
    fix: 'name the labels by which an alert is about this release, such as namespace',
  },
  'check-variable': {
    says: 'there is no {{%}}',
    allowed:
      'namespace, canary, stable, and canary or stable with .pods, .deployment or .service behind it, in {{...}}',
    fix: 'correct the name; text that needs such braces for something else belongs into a script or a file',
  },
  'check-preset': {
    says: 'there are no metrics known of %',
    allowed:
      'contour, envoy, ingress-nginx, istio, opentelemetry, spring-boot or traefik, or {failed, total} in PromQL',
    fix: 'name one of these, or write both counters in PromQL',
  },
  'check-promql': { allowed: 'a counter in PromQL', fix: 'write such as http_requests_total{ {{canary}} }' },
  'check-rolled-up': {
    says: '% takes counters together before a restart can be told from a decrease',
    allowed: 'counters as they are scraped',
    fix: 'leave functions and aggregations out: the counters are added up here, by series',
  },
  'check-slower': {
    allowed: 'seconds above 0 and up to 3600, an upper bound of a bucket',
    fix: 'choose a bound that the histogram has, such as 0.5',
  },
  'check-slower-own': {
    says: '% is for metrics that are known',
    allowed: 'slowerThanSeconds beside the name of a preset',
    fix: 'leave it out, and let failed count slow requests: those of the histogram less those of a bucket',
  },
  'check-limit': {
    says: 'there are %',
    allowed: 'exactly one of atMost and noWorseThan',
    fix: 'say what share may fail, such as atMost: "1%"',
  },
  'check-share': { allowed: 'a percentage', fix: 'write a string such as "0.5%"' },
  'check-ratio': {
    allowed: 'a number from 1 to 100',
    fix: "write how many times stable's share is allowed, such as 2",
  },
  'check-compares-itself': {
    allowed: "stable's counters, where the canary's do not say {{canary}}",
    fix: 'use {{canary}} in both counters of metrics, or write those of stable into noWorseThan.stable',
  },
  'check-service': {
    says: 'there is no Service for %',
    allowed: 'what is told apart by pods, where the canary has no Service of its own',
    fix: 'use metrics of the pods, such as opentelemetry, or {{canary}} in PromQL',
  },
  'step-unknown': {
    says: 'there is no way to %',
    allowed: 'a step of this rollout',
    fix: 'choose one of the steps',
  },
  'field-unknown': {
    says: 'there is no field %',
    allowed: 'the fields of its API version',
    fix: 'remove the field, or correct its name',
  },
  'field-missing': { allowed: 'a value: the field is required', fix: 'set the field' },
  'field-type': {
    allowed: 'a value of the type that the API has',
    fix: 'correct the value; quote it if it is a string',
  },
  'object-shape': { allowed: 'Kubernetes objects, with apiVersion and kind', fix: 'add what is missing, or remove it' },
  'object-duplicate': {
    says: '% is there twice',
    allowed: 'each object once',
    fix: 'remove one of the two, or give fewer files',
  },
  'notify-invalid': {
    says: 'it is % and no URL of a webhook',
    allowed: 'https://HOST/PATH, or slack+https://HOST/PATH for what takes the form of Slack',
    fix: 'correct the URL; it is not shown, for it may be a secret',
  },
} as const;

export type ErrorCode = keyof typeof errorCodes;
