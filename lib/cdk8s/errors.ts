import { errorCodes as core, naming, type Problem, problemsOf, rewording } from '../core';
import { errorCodes as ledger } from '../ledger/errors';

/** What can be wrong with an app of cdk8s. */
export const errorCodes = {
  'ledger-folders': {
    says: 'there is %',
    allowed: 'one folder of ledgers in an app',
    fix: 'give each environment an App of its own, with its own folder',
  },
  'ledger-orphan': {
    says: 'its release is at %',
    allowed: 'a rollout for every ledger with a release under way',
    fix: 'put the rollout back until its release is over or aborted, or delete the ledger if nothing of it runs',
  },
  'ledger-behind': {
    says: 'there is %',
    allowed: "stable's template while no release is under way",
    fix: 'run `npx graylane advance` to begin a release, or change the template back',
  },
  'ledger-template': {
    says: 'there is %',
    allowed: "stable's template or the target's while a release is under way",
    fix: "run `npx graylane advance` to abort this release first, or declare the target's template again",
  },
  'stable-missing': {
    allowed: "stable's template beside a stage before promotion",
    fix: "give it as `stable`, or read the stage from a ledger (Ledger.fromFolder): Argo CD's stable is not paused, so its pods would be replaced at once",
  },
  'delivery-stageless': {
    allowed: 'delivery apply or argocd: of Kruise the app prints the same objects at every stage',
    fix: "test what the app prints, and the stages by storyboard(): Kruise's controller makes them in the cluster",
  },
  'delivery-mixed': {
    allowed: 'one delivery for a lane and its rollouts',
    fix: 'leave delivery out of the rollout: it is that of its lane',
  },
} as const;

export const problem = problemsOf({ ...core, ...ledger, ...errorCodes });

/** Props that have another name than the field of a Rollout. */
const PROPS: Readonly<Record<string, string>> = {
  name: 'metadata.name',
  trafficRoutingRef: 'lane',
  'workloadRef.name': 'workload',
  'workloadRef.kind': 'workload',
};

/** The same problem, by the prop. */
export function inProps(problem: Problem): Problem {
  return { ...problem, path: PROPS[problem.path] ?? problem.path };
}

/** Runs work whose problems are those of a construct's props. */
export function ofConstruct<T>(path: string, work: () => T): T {
  return naming(path, () => rewording(inProps, work));
}
