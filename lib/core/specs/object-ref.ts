import type { GatewayRouteRef, ObjectRef } from './spec';

/** An object that an ObjectRef names: its kind, and the field with its name. */
export interface NamedObject<Name> {
  readonly kind: 'Service' | 'Ingress' | 'HTTPRoute' | 'GRPCRoute';
  readonly name: Name;
  readonly field: string;
}

/** The same ObjectRef with other names. */
export function mapNames<A, B>(ref: ObjectRef<A>, map: (named: NamedObject<A>) => B): ObjectRef<B> {
  const { service, ingress, gateway, ...rest } = ref;
  return {
    service: map({ kind: 'Service', name: service, field: 'service' }),
    ...(ingress && {
      ingress: { ...ingress, name: map({ kind: 'Ingress', name: ingress.name, field: 'ingress.name' }) },
    }),
    ...(gateway && { gateway: mapRouteName(gateway, map) }),
    ...rest,
  };
}

/** The same route with another name. */
export function mapRouteName<A, B>(ref: GatewayRouteRef<A>, map: (named: NamedObject<A>) => B): GatewayRouteRef<B> {
  if ('httpRouteName' in ref) {
    return { httpRouteName: map({ kind: 'HTTPRoute', name: ref.httpRouteName, field: 'gateway.httpRouteName' }) };
  }
  return { grpcRouteName: map({ kind: 'GRPCRoute', name: ref.grpcRouteName, field: 'gateway.grpcRouteName' }) };
}
