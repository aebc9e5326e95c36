export { printRollout, type PrintOptions } from './print-rollout';
export { isKruiseRollout, parseRollout } from './rollout';
export { isKruise, type KruiseVersion } from './schema';
export { searchedExpressions } from './searched';
export type { Searched } from './expression';
export { isTrafficRouting, parseTrafficRouting, printTrafficRouting } from './traffic-routing';
