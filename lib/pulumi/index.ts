export { CanaryRollout, type CanaryRolloutArgs } from './resources/canary-rollout';
export { type KubernetesResource, type ObjectRefArgs, type Reference } from './resources/references';
export { type DeploymentName } from './state';
export { TrafficRoutingLane, type TrafficRoutingLaneArgs } from './resources/traffic-routing-lane';
