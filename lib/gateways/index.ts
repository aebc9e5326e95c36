import type { Gateways } from '../core';
import { alb } from './alb';
import { higress } from './higress';
import { gatewayApi } from './gateway-api';
import { istio } from './istio';
import { mse } from './mse';
import { nginx } from './nginx';
import { traefik } from './traefik';

/** Every gateway, by the name that `classType` or the kind of the base gives. */
export const gateways: Gateways = { mse, higress, nginx, alb, 'gateway-api': gatewayApi, istio, traefik };
