export { printRollout, type PrintOptions } from './print-rollout';
export { isKruiseRollout, parseRollout } from './rollout';
export { isKruise, type KruiseVersion } from './schema';
export { isTrafficRouting, parseTrafficRouting, printTrafficRouting } from './traffic-routing';
