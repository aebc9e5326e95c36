export { type AtOptions, CanaryRollout, type CanaryRolloutProps } from './canary-rollout';
export type { Delivery } from './delivery';
export { Ledger } from './ledger';
export { type ObjectRefProps, TrafficRoutingLane, type TrafficRoutingLaneProps } from './traffic-routing-lane';
export { Workload } from './workload';
