import type { apps } from '@pulumi/kubernetes';
import { CustomResource, type CustomResourceOptions, type Input, type Output, Resource } from '@pulumi/pulumi';
import type { CanaryMetadataPatch, CheckSpec, MetadataPatch, StageId, Step } from '../../core';
import type { DeploymentName } from '../state';
import { checkOptions, checkRequired, ignores, timeoutsOf } from './options';
import { identity, outputsOf } from './properties';
import { providerText } from './provider-text';
import { type ObjectRefArgs, objectRefs } from './references';
import { tellUnmatched } from './program-approvals';
import { logPlan, logPosition } from './program-log';
import { secretPaths } from './secrets';
import type { TrafficRoutingLane } from './traffic-routing-lane';

/** Resources whose type begins like this are served by the process of dynamic resources. */
const TYPE = 'pulumi-nodejs:dynamic/graylane:CanaryRollout';

export interface CanaryRolloutArgs {
  /** Name of the rollout. @default - the resource's name when it was made; the namespace is the workload's */
  readonly metadata?: Input<{ readonly name?: Input<string> }>;
  /**
   * The Deployment, as `new k8s.apps.v1.Deployment` takes it; `metadata.name` is required. It is applied by the release
   * itself: no other resource may hold it.
   */
  readonly workload: apps.v1.DeploymentArgs;
  /** The lane that the rollout takes part in; of another stack by `namespace/name`. @default - none */
  readonly lane?: TrafficRoutingLane | Input<string>;
  /** Routing of its own instead of a lane: every base that leads to one and the same Service. @default - none */
  readonly trafficRoutings?: readonly ObjectRefArgs[];
  /** What the release does, one after the other: one to 50. */
  readonly steps: Input<readonly Input<Step>[]>;
  /**
   * What must hold before the release goes on from any step; while stable is promoted, one that is broken takes the release
   * back, too. @default - none
   */
  readonly checks?: Input<readonly Input<CheckSpec>[]>;
  /** What follows when a check is broken: the way back, or a halt until somebody decides. @default abort */
  readonly onBroken?: Input<'abort' | 'hold'>;
  /**
   * Whole seconds, 0 or more, for which a promoted revision is watched before its canary goes: until then the way back has
   * the old template. @default 0
   */
  readonly bakeSeconds?: Input<number>;
  /** Labels and annotations that canary pods have and stable ones have not. @default - none */
  readonly patchPodTemplateMetadata?: Input<MetadataPatch>;
  /** Labels and annotations of the canary's own objects, which have nothing of stable's; they go with it. @default - none */
  readonly patchCanaryMetadata?: Input<CanaryMetadataPatch>;
  /** Label that gets another value on canary pods. @default - the first that every Service of the workload selects on */
  readonly canaryLabel?: Input<string>;
  /**
   * How a gate is passed: `approved`, by GRAYLANE_APPROVE or the configuration graylane:approve with the text that
   * `message` tells; or `onUp`, by the next `pulumi up` after the one that ended at the gate. @default approved
   */
  readonly advance?: Input<'approved' | 'onUp'>;
  /** Goes nowhere while it is set: only sees to it that the stage is as it should be. @default false */
  readonly hold?: Input<boolean>;
  /**
   * A Deployment that exists may be taken over: no pod restarts. One of Pulumi's Kubernetes provider only as `retained`:
   * its resource has `retainOnDelete: true` since an earlier update, and so does not delete it after this one.
   * @default false
   */
  readonly adopt?: Input<boolean | 'retained'>;
  /** Seconds that each wait may take. @default - by `customTimeouts`, or the Deployment's progressDeadlineSeconds, or 600 */
  readonly timeout?: Input<number>;
  /** Seconds that a timed gate is waited for within one update; longer ones are left for the next. @default 300 */
  readonly longestPause?: Input<number>;
  /** Content of a kubeconfig, or a path to one. @default - the stack's kubernetes:kubeconfig, or the environment's */
  readonly kubeconfig?: Input<string>;
  /** Context of the kubeconfig. @default - the stack's kubernetes:context, or the current one */
  readonly context?: Input<string>;
}

/**
 * A canary release of one Deployment (Kruise Rollout, canary style). Each `pulumi up` takes it to its next gate.
 * @throws GraylaneError for arguments that are missing, and for options that Pulumi would ignore or break on
 */
export class CanaryRollout extends CustomResource {
  /** Where the release stands; `stable` while none is under way. */
  declare readonly stage: Output<StageId>;
  /** Of the declared pod template. */
  declare readonly revision: Output<string>;
  /** Where it stands, in words, and how to go on. */
  declare readonly message: Output<string>;
  /** The gate at which it waits, as the approval that passes it; empty where it waits at none. */
  declare readonly gate: Output<string>;
  /** The Deployment as users get it. */
  declare readonly stable: Output<DeploymentName>;
  /** The Deployment that runs the new revision; there during a release only. */
  declare readonly canary: Output<DeploymentName>;
  /** URL of the API server. */
  declare readonly cluster: Output<string>;

  constructor(name: string, args: CanaryRolloutArgs, opts?: CustomResourceOptions) {
    checkRequired(name, args, 'workload', 'steps');
    checkOptions(name, args.kubeconfig, opts);
    const { metadata, workload, lane, trafficRoutings, ...rest } = args;
    const props = {
      ...outputsOf('stage', 'revision', 'message', 'stable', 'canary', 'cluster', 'gate', '__plan', '__warnings'),
      ...rest,
      ...identity(TYPE, name, metadata, opts),
      // As it is: resolved as a whole, it would be unknown as a whole wherever a part of it is.
      workload,
      replicasIgnored: ignores(opts, 'workload.spec.replicas') || undefined,
      customTimeouts: timeoutsOf(opts),
      secretWorkload: secretPaths(workload, 'workload').then((paths) => (paths.length > 0 ? paths : undefined)),
      lane: isLane(lane) ? lane.reference : lane,
      trafficRoutings: trafficRoutings && objectRefs(name, 'trafficRoutings', trafficRoutings),
      __provider: providerText('rolloutProvider'),
    };
    super(TYPE, name, props, opts);
    // State of before has none where nothing waits.
    this.gate = this.gate.apply((gate?: string) => gate ?? '');
    logPlan(this);
    logPosition(this);
    tellUnmatched(this);
  }
}

function isLane(lane: CanaryRolloutArgs['lane']): lane is TrafficRoutingLane {
  return Resource.isInstance(lane);
}
