import { ApiObject, Chart } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import {
  checkLane,
  defined,
  type HeaderModifier,
  laneShape,
  type LaneSpec,
  type LaneTag,
  mapNames,
  type Match,
  type ObjectRef,
  refuse,
  wrongFields,
} from '../core';
import { printTrafficRouting } from '../kruise';
import type { ClassType } from '../gateways';
import { nameOf } from './declared';
import { ofConstruct } from './errors';
import { type Delivery, deliveryProp, kruiseVersion } from './delivery';
import { checkProps, type Wanted } from './props';
import { reference } from './reference';
import { Releases } from './releases';

/** The traffic of one Service and the object that routes it, each by name or as a construct of the same app. */
export type ObjectRefProps = ObjectRef<string | IConstruct, ClassType>;

export interface TrafficRoutingLaneProps {
  /**
   * Name and namespace of the lane.
   * @default - the construct id, in the namespace of the Service and bases given as constructs, or the chart's
   */
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  /** The bases of the lane, all of one Service: its pods are the lane's entry. */
  readonly objectRef: ObjectRefProps | readonly ObjectRefProps[];
  /**
   * Services that are called from inside the cluster, each with the base by which a mesh routes its requests: while a
   * rollout of its pods holds the lane, requests with the tag go to its canary.
   * @default - none: the service discovery follows the tag by itself
   */
  readonly hops?: readonly ObjectRefProps[];
  /**
   * By what hops tell requests of the lane: an entry of the header `baggage`, appended to what the client sends, which services
   * that are instrumented with OpenTelemetry pass on by themselves.
   * @default - the first header that the lane sets
   */
  readonly tag?: LaneTag;
  /** Requests that take the lane: any of them. @default - none but by weight */
  readonly matches?: readonly Match[];
  /** Share in percent of the requests that match none. @default - none but by matches */
  readonly weight?: number;
  /** Changes to the headers of requests in the lane, such as the tag that service discovery follows. */
  readonly requestHeaderModifier?: HeaderModifier;
  /** Who carries the releases of the lane out. @default apply */
  readonly delivery?: Delivery;
}

/**
 * A traffic routing that several rollouts share (Kruise TrafficRouting). Its route exists exactly while at least one
 * of them holds it.
 * @throws GraylaneError for a lane that is wrong by itself; at synthesis for one whose Service or bases are not there
 */
export class TrafficRoutingLane extends Construct {
  /** What the props declare, with names instead of constructs. */
  readonly spec: LaneSpec;
  /** Who carries the releases of the lane out. */
  readonly delivery: Delivery;

  constructor(scope: Construct, id: string, props: TrafficRoutingLaneProps) {
    super(scope, id);
    this.spec = ofConstruct(this.node.path, () => {
      checkProps(props, { objectRef: objectRefProp, delivery: deliveryProp });
      const spec = toSpec(id, props, Chart.of(this).namespace);
      refuse(checkLane(spec));
      return spec;
    });
    this.delivery = props.delivery ?? 'apply';
    const version = kruiseVersion(this.delivery);
    if (version === undefined) Releases.of(this).lanes.push(this);
    else
      new ApiObject(
        this,
        'Resource',
        ofConstruct(this.node.path, () => printTrafficRouting(this.spec)),
      );
  }
}

function toSpec(id: string, props: TrafficRoutingLaneProps, chartNamespace: string | undefined): LaneSpec {
  const { metadata, objectRef, hops, tag, matches, weight, requestHeaderModifier } = props;
  const refs = [objectRef].flat();
  const declared = { name: metadata?.name ?? id, objectRef: refs, hops, tag, matches, weight, requestHeaderModifier };
  refuse(wrongFields(DECLARED, declared));
  return defined({
    ...declared,
    objectRef: refs.map((ref, i) => toObjectRef(ref, `objectRef[${i}]`)),
    hops: hops?.map((ref, i) => toObjectRef(ref, `hops[${i}]`)),
    namespace: metadata?.namespace ?? namespaceOf(refs) ?? chartNamespace,
  });
}

/** What is declared, with constructs for names. */
const DECLARED = laneShape(reference);

const objectRefProp: Wanted = {
  is: (value) => typeof value === 'object' && value !== null,
  allowed: 'a Service with the object that routes it, or a list of these',
  required: true,
};

/** References to constructs become names. */
export function toObjectRef(ref: ObjectRefProps, path: string): ObjectRef {
  return mapNames(ref, ({ kind, name, field }) =>
    nameOf(name, kind === 'Service' ? 'service-not-found' : 'base-not-found', `${path}.${field}`),
  );
}

/** The namespace of the first Service or base that is given as a construct: a lane stands beside them. */
function namespaceOf(refs: readonly ObjectRefProps[]): string | undefined {
  const constructs: IConstruct[] = [];
  for (const ref of refs) mapNames(ref, ({ name }) => typeof name !== 'string' && constructs.push(name));
  return constructs.map((construct) => ApiObject.of(construct).metadata.namespace)[0];
}
