import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import {
  type CanaryMetadataPatch,
  checkRollout,
  type CheckSpec,
  defined,
  GraylaneError,
  isJsonObject,
  type Manifest,
  type MetadataPatch,
  type PodTemplate,
  refuse,
  rolloutShape,
  type RolloutSpec,
  type StageId,
  type StageName,
  type StoryboardRow,
  type Step,
  wrongFields,
} from '../core';
import { ofConstruct, problem } from './errors';
import { printRollout } from '../kruise';
import { objectOf } from './declared';
import { type Delivery, deliveryProp, kruiseVersion } from './delivery';
import { checkProps, type Wanted } from './props';
import { reference } from './reference';
import { Releases } from './releases';
import { templateOf } from './standing';
import { type ObjectRefProps, toObjectRef, TrafficRoutingLane } from './traffic-routing-lane';

export interface CanaryRolloutProps {
  /** Name of the rollout, and of its ledger. @default - the construct id; the namespace is the workload's */
  readonly metadata?: { readonly name?: string };
  /** The Deployment: of cdk8s-plus, an ApiObject, a typed import, or `Workload.in(includeOrHelm, name)`. */
  readonly workload: IConstruct;
  /** The lane that the rollout takes part in. @default - none */
  readonly lane?: TrafficRoutingLane;
  /** Routing of its own instead of a lane: every base that leads to one and the same Service. @default - none */
  readonly trafficRoutings?: readonly ObjectRefProps[];
  /** What the release does, one after the other: one to 50. */
  readonly steps: readonly Step[];
  /**
   * What must hold before the release goes on from any step; while stable is promoted, one that is broken takes the release
   * back, too. `graylane advance` asks them; a synthesis asks nobody. @default - none
   */
  readonly checks?: readonly CheckSpec[];
  /** What follows when a check is broken: the way back, or a halt until somebody decides. @default abort */
  readonly onBroken?: 'abort' | 'hold';
  /**
   * Whole seconds, 0 or more, for which a promoted revision is watched before its canary goes: until then the way back has
   * the old template. @default 0
   */
  readonly bakeSeconds?: number;
  /** Labels and annotations that canary pods have and stable ones have not. @default - none */
  readonly patchPodTemplateMetadata?: MetadataPatch;
  /** Labels and annotations of the canary's own objects, which have nothing of stable's; they go with it. @default - none */
  readonly patchCanaryMetadata?: CanaryMetadataPatch;
  /** Label that gets another value on canary pods. @default - the first that every Service of the workload selects on */
  readonly canaryLabel?: string;
  /**
   * The stage to print (`step-1`, `promote/stable`, ...), for tests and previews; it overrides the ledger.
   * @default - what the ledger says; without a ledger the app as it is
   */
  readonly stage?: StageName;
  /** Pod template of stable, where `stage` is given. @default - the workload's own stands for both */
  readonly stable?: PodTemplate;
  /** Who carries the release out. @default - as the lane; without one, `apply` */
  readonly delivery?: Delivery;
}

/** What `CanaryRollout.at` has to know beside the stage. */
export interface AtOptions {
  /** The revision that runs: its pod template, or its workload, of this app or of another one. @default - the workload's own */
  readonly stable?: PodTemplate | IConstruct;
}

/**
 * A canary release of one Deployment (Kruise Rollout, canary style). The workload's template is what is wanted; the
 * objects that the construct adds and the changes that it prints are those of the release's stage.
 * @throws GraylaneError for a rollout that is wrong by itself; at synthesis for one whose references do not fit
 */
export class CanaryRollout extends Construct {
  /** The Deployment that is released. */
  readonly workload: ApiObject;
  /** What the props declare, with names instead of constructs. */
  readonly spec: RolloutSpec;
  /** The lane that the rollout takes part in. */
  readonly lane?: TrafficRoutingLane;
  /** Who carries the release out. */
  readonly delivery: Delivery;
  /** The stage given in code. */
  readonly stage?: StageName;
  /** Stable's template, given in code. */
  readonly stable?: PodTemplate;

  constructor(scope: Construct, id: string, props: CanaryRolloutProps) {
    super(scope, id);
    this.workload = ofConstruct(this.node.path, () => {
      checkProps(props, PROPS);
      return objectOf(props.workload, 'workload-not-found', 'workload');
    });
    this.lane = props.lane;
    this.stage = props.stage;
    this.stable = props.stable;
    this.spec = ofConstruct(this.node.path, () => {
      const spec = toSpec(id, props, this.workload);
      refuse(checkRollout(spec));
      return spec;
    });
    this.delivery = ofConstruct(this.node.path, () => deliveryOf(props));
    const version = kruiseVersion(this.delivery);
    if (version === undefined) Releases.of(this).rollouts.push(this);
    else new ApiObject(this, 'Resource', printRollout(this.spec, version, { laneAs: 'both' }));
  }

  /**
   * The ids of all stages that the rollout can be at, those of the way back last.
   * @throws GraylaneError as a synthesis, for an app whose references do not fit
   */
  get stages(): StageId[] {
    return Releases.of(this).stages(this);
  }

  /**
   * The manifests that a synthesis of the whole app would print with this rollout at a stage, for tests; other rollouts
   * stay where they are. Neither the ledger nor the props `stage` and `stable` of this rollout count, and nothing changes
   * of what the app prints afterwards.
   * @param stage an id of `stages`, or a step for its last stage: `step-1` is its gate, with the route open
   * @throws GraylaneError stage-unknown, with the stages that there are; delivery-stageless where Kruise carries the
   * release out; stable-missing with Argo CD, up to promotion; and as a synthesis
   */
  at(stage: StageName, { stable }: AtOptions = {}): Manifest[] {
    const template = stable && ofConstruct(this.node.path, () => templateOf(stable));
    return Releases.of(this).preview(this, { stage, stable: template });
  }

  /** The release, stage by stage: what changes, what each stage waits for, and who gets which revision. */
  storyboard(): StoryboardRow[] {
    return Releases.of(this).storyboard(this);
  }
}

function toSpec(id: string, props: CanaryRolloutProps, { apiVersion, kind, name, metadata }: ApiObject): RolloutSpec {
  const { lane, trafficRoutings, steps, checks, onBroken, bakeSeconds } = props;
  const { patchPodTemplateMetadata, patchCanaryMetadata, canaryLabel } = props;
  const declared = {
    name: props.metadata?.name ?? id,
    namespace: metadata.namespace,
    workloadRef: { apiVersion, kind, name },
    steps,
    trafficRoutingRef: lane && laneReference(lane, metadata.namespace),
    checks,
    onBroken,
    bakeSeconds,
    patchPodTemplateMetadata,
    patchCanaryMetadata,
    canaryLabel,
  };
  if (trafficRoutings === undefined) return defined(declared);
  // Names are read from constructs before the fields of the spec can be checked.
  refuse(wrongFields(DECLARED, { ...declared, trafficRoutings }));
  const routings = trafficRoutings.map((ref, i) => toObjectRef(ref, `trafficRoutings[${i}]`));
  return defined({ ...declared, trafficRoutings: routings });
}

/** What is declared, with constructs for names. */
const DECLARED = rolloutShape(reference);

const PROPS: Readonly<Record<string, Wanted>> = {
  workload: { is: (value) => Construct.isConstruct(value), allowed: 'the construct of a Deployment', required: true },
  lane: { is: (value) => value instanceof TrafficRoutingLane, allowed: 'a TrafficRoutingLane' },
  steps: { is: Array.isArray, allowed: 'a list of steps', required: true },
  stable: { is: isJsonObject, allowed: 'a pod template' },
  delivery: deliveryProp,
};

/** A lane of the workload's own namespace goes by its name alone. */
function laneReference({ spec: { name, namespace } }: TrafficRoutingLane, from: string | undefined): string {
  return namespace === from || namespace === undefined ? name : `${namespace}/${name}`;
}

function deliveryOf({ lane, delivery = lane?.delivery ?? 'apply' }: CanaryRolloutProps): Delivery {
  if (lane !== undefined && lane.delivery !== delivery) {
    throw new GraylaneError(
      problem('delivery-mixed', 'delivery', delivery, { allowed: `${lane.delivery}, as its lane` }),
    );
  }
  return delivery;
}
