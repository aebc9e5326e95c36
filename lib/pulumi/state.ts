import * as v from 'valibot';
import { type Deployment, type LaneSpec, type ObjectRef, type RolloutSpec, sentenceOf, wrongFields } from '../core';

/** Of what is kept in a stack's state; later versions must read all earlier ones. */
export const SCHEMA_VERSION = 1;

/** How Pulumi writes a value that is not known before the update. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Which cluster, and how to tell the engine what happens; both resources have these inputs. */
export interface ResourceInputs {
  /** Content of a kubeconfig, or a path to one. @default - the stack's kubernetes:kubeconfig, or the environment's */
  readonly kubeconfig?: string;
  /** @default - the stack's kubernetes:context, or the current one */
  readonly context?: string;
  /** Name of the resource in the program. */
  readonly resource: string;
  /** @default - the resource's name when it was made: an alias renames the resource and not what is in the cluster */
  readonly name?: string;
  /** The resource's own URN, for lines in the engine's log. */
  readonly reportAs?: string;
}

/** What `check` finds out of every resource. */
export interface InCluster {
  readonly namespace: string;
  /** URL of the API server. */
  readonly cluster: string;
}

/** What `check` makes of a declaration. */
export interface CheckedInputs extends ResourceInputs, InCluster {
  /** @default - the resource's name when it was made: an alias renames the resource and not what is in the cluster */
  readonly name: string;
  /** Of a rollout: where the next update ends. */
  readonly stage?: string;
  /** Of a rollout: of the declared template. */
  readonly revision?: string;
  /** What the update does, in words; empty where there is nothing to do. */
  readonly plan: readonly string[];
  /** Version of the record in the cluster at which that was planned: kept in the outputs, the plan is carried out. */
  readonly plannedAt?: string;
}

/** What is kept of a resource: its inputs, so that it can be found and removed, and where it stands. */
export interface ResourceState extends Omit<CheckedInputs, 'plan'> {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** What a refresh has found that somebody else has done, and that the next update puts right; none where there is none. */
  readonly damage?: readonly string[];
}

/** What the program declares of a rollout, with all of Pulumi's inputs resolved. */
export interface DeclaredRollout
  extends
    ResourceInputs,
    Pick<
      RolloutSpec,
      | 'steps'
      | 'trafficRoutings'
      | 'checks'
      | 'onBroken'
      | 'bakeSeconds'
      | 'patchPodTemplateMetadata'
      | 'patchCanaryMetadata'
      | 'canaryLabel'
    > {
  readonly workload: Pick<Deployment, 'metadata' | 'spec'> & Partial<Pick<Deployment, 'apiVersion' | 'kind'>>;
  /** `namespace/name`, or the name of a lane in the workload's namespace. */
  readonly lane?: string;
  readonly advance?: 'approved' | 'onUp';
  readonly hold?: boolean;
  readonly adopt?: boolean | 'retained';
  readonly timeout?: number;
  readonly longestPause?: number;
  /** `ignoreChanges` has `workload.spec.replicas`: a Deployment that exists keeps the number that it has. */
  readonly replicasIgnored?: boolean;
  /** Seconds that each wait of an operation may take, where `timeout` does not say it. */
  readonly customTimeouts?: Readonly<Partial<Record<'create' | 'update' | 'delete', number>>>;
  /** Paths of the Pulumi secrets within the workload. */
  readonly secretWorkload?: readonly string[];
}

/** What `check` makes of it: where the next update ends, and what it does. Pulumi shows these in a preview. */
export interface RolloutInputs extends Omit<DeclaredRollout, 'secretWorkload' | 'name'>, CheckedInputs {
  /** Of the declared template. */
  readonly revision: string;
  readonly stage: string;
  /** The gate at which the update ends, as the approval that passes it; empty where it ends at none. */
  readonly gate: string;
  /** Approvals of this rollout that are given now. */
  readonly approve?: readonly string[];
  /** Releases of this rollout from which the way back is asked for now. */
  readonly abort?: readonly string[];
  /** Releases of this rollout whose revision is released once more although a check took it back. */
  readonly again?: readonly string[];
  /** A plain rolling update to this revision is approved. */
  readonly direct?: boolean;
  /** What is wrong around a release that the update begins; none where it begins none. */
  readonly warnings?: readonly string[];
}

/** Name and namespace of a Deployment. */
export interface DeploymentName {
  /** `metadata.name`. */
  readonly name: string;
  /** `metadata.namespace`. */
  readonly namespace: string;
}

/** What is kept of a rollout: its inputs, so that it can be found and removed, and where it stands. */
export interface RolloutState
  extends Omit<RolloutInputs, 'plan' | 'warnings' | 'approve' | 'abort' | 'again' | 'direct'>, ResourceState {
  readonly stage: string;
  readonly revision: string;
  readonly message: string;
  readonly stable: DeploymentName;
  readonly canary: DeploymentName;
}

export interface DeclaredLane extends ResourceInputs, Omit<LaneSpec, 'name'> {
  readonly objectRef: readonly ObjectRef[];
  readonly adopt?: boolean;
}

export interface LaneInputs extends Omit<DeclaredLane, 'name' | 'namespace'>, CheckedInputs {
  /** `namespace/name`, for rollouts of other stacks. */
  readonly reference: string;
}

export interface LaneState extends Omit<LaneInputs, 'plan'>, ResourceState {}

/** What of the state of any resource must be right for it to be found in its cluster. */
const stateShape = v.looseObject({
  schemaVersion: v.optional(v.number()),
  name: v.string(),
  namespace: v.string(),
  cluster: v.string(),
  stage: v.optional(v.string()),
  workload: v.optional(v.looseObject({ metadata: v.looseObject({ name: v.string() }) })),
});

/**
 * State as this version has it.
 * @throws Error for state of a later version, and for what is no state of ours
 */
export function upgrade<T extends ResourceState>(state: object): T {
  const { schemaVersion: version = SCHEMA_VERSION } = state as Partial<T>;
  if (version > SCHEMA_VERSION) {
    const given = `this state is of version ${version}, and this graylane reads up to ${SCHEMA_VERSION}`;
    throw new Error(`${given}. To fix: upgrade graylane.`);
  }
  const [wrong] = wrongFields(stateShape, state);
  if (wrong === undefined) return state as T;
  throw new Error(
    `this state is none of graylane's: ${sentenceOf(wrong)}. To fix: restore it (pulumi stack import), or take ` +
      'the resource out of it (pulumi state delete) and adopt what runs.',
  );
}

/** Whether a value is unknown, or holds one that is. */
export function isUnknown(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(UNKNOWN);
  return typeof value === 'object' && value !== null && Object.values(value).some(isUnknown);
}

/** Whether a field has a value that this update or preview knows. */
export function isKnown(value: string | undefined): boolean {
  return value !== undefined && value !== UNKNOWN;
}

/** Whether a plan is still to be carried out; after a refresh the engine shows the last one again. */
export function isPending(
  olds: Pick<ResourceState, 'plannedAt'>,
  news: Pick<CheckedInputs, 'plan' | 'plannedAt'>,
): boolean {
  return news.plan.length > 0 && (news.plannedAt === undefined || news.plannedAt !== olds.plannedAt);
}

/** Stands for the version of a ledger that is not there: one that was lost is not one that was never made. */
export function missingSince({ plannedAt }: Pick<Partial<CheckedInputs>, 'plannedAt'>): string {
  return plannedAt === undefined ? 'none' : `none since ${plannedAt}`;
}
