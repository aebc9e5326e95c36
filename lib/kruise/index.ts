export { printRollout, type PrintOptions } from './print-rollout';
export { isKruise, isKruiseRollout, parseRollout } from './rollout';
export type { KruiseVersion } from './schema';
export { isTrafficRouting, parseTrafficRouting, printTrafficRouting } from './traffic-routing';
