import { defined, type PodTemplate } from '../manifests/manifest';
import { digest, type Revision, revisionOf } from '../manifests/revision';
import type { Step } from '../specs/spec';
import type { StageId } from './stage-id';
import type { Open } from './stages';

/** Somebody let the release pass the gate of a step. */
export interface Approval {
  readonly step: number;
  readonly by?: string;
  readonly at?: string;
}

/** What passes a gate of this release, and of no other. */
export interface ReleaseApproval extends Approval {
  readonly release: Pick<Release, 'number' | 'id'>;
}

/** A release under way. */
export interface Release {
  /** Counts the releases of this rollout since it was made. */
  readonly number: number;
  /**
   * An approval names it: no other release has it, whatever the rollout, the namespace or the cluster. It is another one
   * after approvals have become void.
   */
  readonly id: string;
  readonly target: Revision;
  /** The steps as last declared: an edit is seen, and the way back does not need the user's code. */
  readonly steps: readonly Step[];
  /** Hash of workload and routing: they may not change in mid-release. */
  readonly routing: string;
  readonly stage: StageId;
  /** When the stage settled, as ISO 8601; absent while it has not. */
  readonly settledAt?: string;
  /** The stage at which an abort began. */
  readonly abortedAt?: StageId;
  /** The release went to a step from elsewhere; see `detour`. */
  readonly detour?: Detour;
  /** Most replicas that the canary has had. */
  readonly canaryReplicas?: number;
  /** When stable began to be promoted, ISO 8601: what the checks of promotion look at begins here. */
  readonly promotedAt?: string;
  /** Which check took the release back, and by what evidence. @default - none did */
  readonly because?: string;
  readonly approved: readonly Approval[];
}

export interface Detour {
  readonly step: number;
  readonly open: Open;
  /** The step, as it was declared, whose route is kept. */
  readonly kept?: Step;
}

/** Where a rollout stands: a file for synth, a ConfigMap in the cluster. Without `release` it is steady. */
export interface Ledger {
  readonly version: 2;
  /** How many releases there have been. */
  readonly releases: number;
  readonly stable: Revision;
  /** What the last release went back from: nobody means it again without saying so. @default - it went to its end */
  readonly aborted?: Revision;
  /** Which check took that back, and by what evidence. @default - none did */
  readonly because?: string;
  /** Name of its Deployment. @default - not noted: of an earlier version, or in a cluster, where it is noted beside the ledger */
  readonly workload?: string;
  readonly templates: {
    readonly stable: PodTemplate;
    /** On the way back the user's code no longer holds it. @default - stable's */
    readonly target?: PodTemplate;
  };
  /**
   * Those of the objects that the templates refer to which the app declared with them (`ConfigMap settings`): what it
   * declares no longer is deleted, where its delivery does so. @default - nobody knows, or none
   */
  readonly references?: { readonly stable?: readonly string[]; readonly target?: readonly string[] };
  readonly release?: Release;
}

/** The templates of a release. */
export interface Templates {
  readonly stable: PodTemplate;
  readonly target: PodTemplate;
  /** What the app declared with stable's template, of what that refers to. @default - nobody knows, or nothing */
  readonly declaredWithStable?: readonly string[];
}

/**
 * The ledger of a rollout whose workload runs this template, before its first release.
 * @param declared what the app declares with it, of what it refers to
 */
export function newLedger(template: PodTemplate, declared?: readonly string[]): Ledger {
  const stable = revisionOf(template);
  return { version: 2, releases: 0, stable, templates: { stable: template }, ...referencesOf({ stable: declared }) };
}

/** What an app declares with the templates of a ledger; none where there is nothing to say. */
export function referencesOf(known: {
  readonly stable: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
}): Pick<Ledger, 'references'> {
  const some = Object.fromEntries(Object.entries(known).filter(([, list]) => list !== undefined && list.length > 0));
  return Object.keys(some).length > 0 ? { references: some } : {};
}

/** The id of a release. @param seed what no ledger shares with another: where it is stored, or when the release began */
export function releaseId({ number, target }: Pick<Release, 'number' | 'target'>, seed: string | undefined): string {
  return digest({ number, target, seed });
}

/** Stable's template and the target's; the same while no release is under way. */
export function templatesOf({ templates, references }: Ledger): Templates {
  const { stable, target = stable } = templates;
  return { stable, target, ...defined({ declaredWithStable: references?.stable }) };
}

/** Whether a revision is nothing new: stable's, the target's, or what the last release went back from. */
export function knowsRevision({ stable, aborted, release }: Ledger, revision: Revision): boolean {
  return [stable, aborted, release?.target].includes(revision);
}
