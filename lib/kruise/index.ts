export { printRollout, type PrintOptions } from './print-rollout';
export { read, withoutNulls } from './read';
export { isKruise, isKruiseRollout, parseRollout } from './rollout';
export type { KruiseVersion } from './schema';
export { isTrafficRouting, parseTrafficRouting, printTrafficRouting } from './traffic-routing';
