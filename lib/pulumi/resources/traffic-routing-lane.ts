import { CustomResource, type CustomResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import type { HeaderModifier, Match } from '../../core';
import { checkOptions, checkRequired } from './options';
import { identity, outputsOf } from './properties';
import { providerText } from './provider-text';
import { type ObjectRefArgs, objectRefs } from './references';
import { logPlan } from './program-log';

const TYPE = 'pulumi-nodejs:dynamic/graylane:TrafficRoutingLane';

export interface TrafficRoutingLaneArgs {
  /** Name and namespace of the lane. @default - the resource's name when it was made, in the namespace of the kubeconfig's context */
  readonly metadata?: Input<{ readonly name?: Input<string>; readonly namespace?: Input<string> }>;
  /** The bases of the lane, all of one Service: its pods are the lane's entry. */
  readonly objectRef: ObjectRefArgs | readonly ObjectRefArgs[];
  /**
   * Services that are called from inside the cluster, each with the base by which a mesh routes its requests: while a
   * rollout of its pods holds the lane, requests with the tag go to its canary.
   * @default - none: the service discovery follows the tag by itself
   */
  readonly hops?: readonly ObjectRefArgs[];
  /**
   * By what hops tell requests of the lane: an entry of the header `baggage`, appended to what the client sends, which services
   * that are instrumented with OpenTelemetry pass on by themselves.
   * @default - the first header that the lane sets
   */
  readonly tag?: Input<{ readonly baggage: Input<string> }>;
  /** Requests that take the lane: any of them. @default - none but by weight */
  readonly matches?: Input<readonly Input<Match>[]>;
  /** Share in percent of the requests that match none. @default - none but by matches */
  readonly weight?: Input<number>;
  /** Changes to the headers of requests in the lane, such as the tag that service discovery follows. */
  readonly requestHeaderModifier?: Input<HeaderModifier>;
  /** A lane that a resource of another stack declares may be taken over. @default false */
  readonly adopt?: Input<boolean>;
  /** Content of a kubeconfig, or a path to one. @default - the stack's kubernetes:kubeconfig, or the environment's */
  readonly kubeconfig?: Input<string>;
  /** Context of the kubeconfig. @default - the stack's kubernetes:context, or the current one */
  readonly context?: Input<string>;
}

/**
 * A traffic routing that several rollouts share (Kruise TrafficRouting), of this stack or of others. Its route exists
 * exactly while at least one of them holds it; until then it can neither be changed nor deleted.
 * @throws GraylaneError for arguments that are missing, and for options that Pulumi would ignore or break on
 */
export class TrafficRoutingLane extends CustomResource {
  /** `namespace/name`, for rollouts of other stacks. */
  declare readonly reference: Output<string>;
  /** URL of the API server. */
  declare readonly cluster: Output<string>;

  constructor(name: string, args: TrafficRoutingLaneArgs, opts?: CustomResourceOptions) {
    checkRequired(name, args, 'objectRef');
    checkOptions(name, args.kubeconfig, opts);
    const { metadata, objectRef: refs, hops, ...rest } = args;
    const props = {
      ...outputsOf('reference', 'cluster', '__plan'),
      ...rest,
      ...identity(TYPE, name, metadata, opts),
      objectRef: objectRefs(name, 'objectRef', [refs].flat()),
      hops: hops && objectRefs(name, 'hops', hops),
      __provider: providerText('laneProvider'),
    };
    super(TYPE, name, props, opts);
    logPlan(this);
  }
}
