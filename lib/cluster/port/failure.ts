import { type ApiError, isDenied, isNamespaceMissing } from './port';

/**
 * Every way in which a live release can stop, apart from wrong input (GraylaneError), with the way out. A front end has
 * words of its own where its users have a command or an argument for it.
 */
export const failureCodes = {
  unreachable: 'check the kubeconfig, its context and the network, then run it again',
  forbidden: 'add the rule to the Role of this user; deploy/rbac.yaml has all that is needed',
  refused: 'correct the named field',
  conflict: 'look who else writes that object, then run it again',
  broken: 'run it again: what is missing is applied again; or abort',
  deadline: 'correct the cause and run it again, declare a new revision, or abort',
  'stable-capacity':
    'give stable these pods and run it again; or, where the requests cannot wait for them, go on or back directly',
  interrupted: 'run it again: it goes on where it stopped',
  'lease-held': 'wait until the other run has ended, or end it',
  'lease-lost': 'another run has taken over: look at its output',
  superseded: 'look at the run that declared it; to follow what is declared here, begin again',
  'ledger-unreadable': 'restore the ConfigMap from a backup, or delete it and adopt the running Deployment',
  'rollout-unknown': 'correct the name',
  'object-missing': 'apply it to the cluster first: graylane writes the Deployment and its own objects only',
  'namespace-missing': 'make the namespace first',
  'object-foreign': 'rename that object: the release needs the name for its own',
  'base-changed': 'take the change back, or abort the release and make it afterwards',
  'adoption-needed': 'allow it to be adopted: no pod restarts',
  'adoption-differs': 'adopt with exactly the running template first, then change it',
  'stable-unsettled': 'let it settle or correct it, then release; or release directly',
  'stable-paused': 'resume it: a release pauses and resumes the Deployment itself',
  'stable-drifted': 'declare the running template first (that alone changes nothing), or release directly',
  'foreign-controller': 'remove that object, or leave this workload to it',
  'cluster-changed': 'go on in the cluster where the release began, or abort it there first',
  'lane-held': 'end or abort these releases first',
} as const;

export type FailureCode = keyof typeof failureCodes;

/** A live release could not go on. It can be resumed, or aborted. */
export class EngineError extends Error {
  constructor(
    readonly code: FailureCode,
    /** What it is about, such as `rollout-a: step-1/canary`. */
    readonly at: string,
    /** What was seen. */
    readonly what: string,
    readonly fix: string = failureCodes[code],
  ) {
    super(`${at}: ${what}. To fix: ${fix}. (${code})`);
    this.name = 'EngineError';
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Ways out in the words of a front end. */
export type WaysOut = Partial<Record<FailureCode, string>>;

/** The same error with a front end's way out; one that was told for this very case is better, and stays. */
export function inWordsOf(ways: WaysOut, { code, at, what, fix }: EngineError): EngineError {
  return new EngineError(code, at, what, fix === failureCodes[code] ? (ways[code] ?? fix) : fix);
}

const OF_POLICIES =
  "give the objects what the policy asks for (labels and annotations of the canary's own: patchCanaryMetadata), or let its owner except them; make room in a quota";

const LOG_IN = 'log in again, or correct the credentials of the kubeconfig, then run it again';

/** What the API server said, as one of the ways in which a release stops. */
export function asFailure(error: ApiError, at: string): EngineError {
  if (isNamespaceMissing(error)) return new EngineError('namespace-missing', at, error.message);
  if (isDenied(error)) return new EngineError('refused', at, error.message, OF_POLICIES);
  if (error.status === 401) return new EngineError('unreachable', at, error.message, LOG_IN);
  const code = ofStatus[error.status] ?? 'unreachable';
  return new EngineError(code, at, error.message);
}

const ofStatus: Readonly<Record<number, FailureCode>> = {
  400: 'refused',
  403: 'forbidden',
  404: 'object-missing',
  409: 'conflict',
  422: 'refused',
};
