import type { Gateways } from '../core';
import { alb } from './alb';
import { higress } from './higress';
import { gatewayApi } from './gateway-api';
import { istio } from './istio';
import { mse } from './mse';
import { nginx } from './nginx';
import { traefik } from './traefik';

/** Those that read Ingresses, by the name that `classType` gives. */
const byClassType = { mse, higress, nginx, alb } satisfies Gateways;

/** Every gateway, by the name that `classType` or the kind of the base gives. */
export const gateways: Gateways = { ...byClassType, 'gateway-api': gatewayApi, istio, traefik };

/** Names of gateways that read Ingresses. Others pass as well, and are refused by `gateway-unknown` where they are not known. */
export type ClassType = keyof typeof byClassType | (string & {});
