import type { GatewayRouteRef, ObjectRef } from './spec';

/** An object that an ObjectRef names: its kind, and the field with its name. */
export interface NamedObject<Name> {
  readonly kind: 'Service' | 'Ingress' | 'HTTPRoute' | 'GRPCRoute';
  readonly name: Name;
  readonly field: string;
}

/** The same ObjectRef with other names. */
export function mapNames<A, B, C>(ref: ObjectRef<A, C>, map: (named: NamedObject<A>) => B): ObjectRef<B, C> {
  const { service, ingress, gateway, ...rest } = ref;
  return {
    service: map({ kind: 'Service', name: service, field: 'service' }),
    ...(ingress && {
      ingress: { ...ingress, name: map({ kind: 'Ingress', name: ingress.name, field: 'ingress.name' }) },
    }),
    ...(gateway && { gateway: mapRouteName(gateway, map) }),
    ...rest,
    // What it has of the three is what the other one has.
  } as ObjectRef<B, C>;
}

/** The same route with another name; one that names none, or two, stays so, and is told by the check of the spec. */
export function mapRouteName<A, B>(
  { httpRouteName, grpcRouteName }: GatewayRouteRef<A>,
  map: (named: NamedObject<A>) => B,
): GatewayRouteRef<B> {
  return {
    ...(httpRouteName !== undefined && {
      httpRouteName: map({ kind: 'HTTPRoute', name: httpRouteName, field: 'gateway.httpRouteName' }),
    }),
    ...(grpcRouteName !== undefined && {
      grpcRouteName: map({ kind: 'GRPCRoute', name: grpcRouteName, field: 'gateway.grpcRouteName' }),
    }),
  } as GatewayRouteRef<B>;
}
