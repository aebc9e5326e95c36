export { CanaryRollout, type CanaryRolloutArgs } from './canary-rollout';
export { type KubernetesResource, type ObjectRefArgs, type Reference } from './references';
export { type DeploymentName } from './state';
export { TrafficRoutingLane, type TrafficRoutingLaneArgs } from './traffic-routing-lane';
