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

/** The same route with another name. */
export function mapRouteName<A, B>(ref: GatewayRouteRef<A>, map: (named: NamedObject<A>) => B): GatewayRouteRef<B> {
  if (isHttpRoute(ref)) {
    return { httpRouteName: map({ kind: 'HTTPRoute', name: ref.httpRouteName, field: 'gateway.httpRouteName' }) };
  }
  return { grpcRouteName: map({ kind: 'GRPCRoute', name: ref.grpcRouteName, field: 'gateway.grpcRouteName' }) };
}

/** Whether the route is an HTTPRoute, and not a GRPCRoute. */
export function isHttpRoute<Name>(ref: GatewayRouteRef<Name>): ref is Extract<typeof ref, { httpRouteName: Name }> {
  return ref.httpRouteName !== undefined;
}
