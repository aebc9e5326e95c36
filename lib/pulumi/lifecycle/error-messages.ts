import { ApiError, asFailure, EngineError, inWordsOf, type WaysOut } from '../../cluster';
import { GraylaneError, type Problem } from '../../core';

/** The way out, in words of a Pulumi program instead of the command line's. */
const waysOut: WaysOut = {
  'adoption-needed':
    'set adopt: true (no pod restarts); if a k8s.apps.v1.Deployment of this program owns it, give that one ' +
    "retainOnDelete: true, run pulumi up, and only then put the rollout in its place, with adopt: 'retained'",
  broken: 'run pulumi up again: what is missing is applied again; or abort by declaring the old image',
  deadline: 'correct the cause and run pulumi up again, declare another image, or abort by declaring the old one',
  'stable-capacity':
    'give stable these pods and run pulumi up again; or, where the requests cannot wait for them, use GRAYLANE_DIRECT',
  conflict: 'look who else writes that object, then run pulumi up again',
  interrupted: 'run pulumi up again: it goes on where it stopped',
  'object-missing': 'make it first; given as a resource of this program instead of by name, Pulumi does',
  'namespace-missing':
    "make it first; with a Namespace of this program as the workload's namespace (its metadata.name), Pulumi does",
  unreachable:
    'check the kubeconfig, its context and the network, then run it again; to go on without this cluster, set ' +
    'PULUMI_K8S_SKIP_UPDATE_UNREACHABLE=true, or, where it is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true',
  'stable-unsettled': 'let it settle or correct it, then release; or change it directly with GRAYLANE_DIRECT',
  'stable-drifted': 'declare the running template first (that alone changes nothing), or use GRAYLANE_DIRECT',
};

/** Arguments that have another name than the field of a Rollout. */
const args: Readonly<Record<string, string>> = {
  trafficRoutingRef: 'lane',
  'workloadRef.name': 'workload.metadata.name',
};

/** Where input is given in another way than in files. */
const inputs: Readonly<Record<string, Partial<Problem>>> = {
  'workload-missing': { fix: 'set workload.metadata.name' },
  'workload-renamed': {
    fix:
      'declare the old name, in the resource of the old name; to have another one, add a second resource with the template ' +
      'that runs, and remove the old one when it serves',
  },
  'lane-not-found': {
    allowed: 'a lane that the cluster knows',
    fix: 'give the TrafficRoutingLane itself; one of another stack by its `reference`, when that stack has made it',
  },
};

/** What a user reads of an error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return messageOf(asFailure(error, 'cluster'));
  if (error instanceof EngineError) return inWordsOf(waysOut, error).message;
  if (error instanceof GraylaneError) return new GraylaneError(inProgramWords(error)).message;
  // Nothing of ours: its own words are all there is.
  return error instanceof Error ? `${error.name}: ${error.message}` : `${String(error)}`;
}

/** What is wrong with the input, in words of a Pulumi program. */
export function inProgramWords({ problems }: GraylaneError): Problem[] {
  return problems.map((problem) => ({
    ...problem,
    path: args[problem.path] ?? problem.path,
    ...inputs[problem.code],
  }));
}
