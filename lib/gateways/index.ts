import type { Gateways } from '../core';
import { mse } from './mse';

/** Every gateway, by the name that `classType` or the kind of the base gives. */
export const gateways: Gateways = { mse };
