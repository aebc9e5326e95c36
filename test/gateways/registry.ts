/** What every suite over all gateways needs of each: a new one is a line here. */
import type fc from 'fast-check';
import type { Gateway, Gateways, Manifest } from '../../lib/core';
import { gateways as registered } from '../../lib/gateways';
import { alb } from './decision/alb';
import { higress, mse } from './decision/envoy-ingress';
import { gatewayApi } from './decision/gateway-api';
import { istio } from './decision/istio';
import { nginx } from './decision/nginx';
import { traefik } from './decision/traefik';
import type { Model } from './decision/traffic';
import { besideHttpRoute, besideIngress, httpRoutes, ingressesOf, virtualServices } from './fixtures';
import { besideIngressRoute, ingressRoutes } from './ingress-routes';
import { ferry } from './made-up/fixture';

export interface Tried {
  readonly gateway: Gateway;
  /** Where the system sends a request, by its own rules. */
  readonly model: Model;
  /** Bases that users could have. */
  readonly bases: fc.Arbitrary<Manifest>;
  /** Another object on the hosts of a base, which leads elsewhere. @default - none that could be in the way */
  readonly neighbour?: (base: Manifest) => Manifest;
}

const ingress = (name: string, model: Model): Tried => ({
  gateway: registered[name]!,
  model,
  bases: ingressesOf(name),
  neighbour: besideIngress,
});

/** Those of the package. */
export const published: readonly Tried[] = [
  ingress('mse', mse),
  ingress('higress', higress),
  ingress('nginx', nginx),
  ingress('alb', alb),
  { gateway: registered['gateway-api']!, model: gatewayApi, bases: httpRoutes, neighbour: besideHttpRoute },
  { gateway: registered.istio!, model: istio, bases: virtualServices },
  { gateway: registered.traefik!, model: traefik, bases: ingressRoutes, neighbour: besideIngressRoute },
];

/** And one of a system that nobody has: what CONTRIBUTING says of adding a gateway is all that it takes. */
export const tried: readonly Tried[] = [...published, ferry];

export const gateways: Gateways = Object.fromEntries(tried.map(({ gateway }) => [gateway.name, gateway]));
