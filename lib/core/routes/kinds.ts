import type { Problem } from '../errors';
import { groupOf, type Manifest } from '../manifests/manifest';
import { wrongFields } from '../manifests/shape';
import type { Gateway, GatewayKind, Gateways } from './gateway';

/** The kinds of all gateways, each once. */
export function routeKinds(gateways: readonly Gateway[]): GatewayKind[] {
  const kinds = gateways.flatMap((gateway) => gateway.kinds);
  return [...new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind])).values()];
}

/** The kind of an object among those of a gateway. */
export function kindOf({ kinds }: Pick<Gateway, 'kinds'>, { apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>) {
  return kinds.find((one) => one.kind === kind && one.group === groupOf(apiVersion));
}

export function isBaseKind({ as }: GatewayKind): boolean {
  return as !== 'ours';
}

/** Objects of ours can be of this kind. */
export function isOurKind({ as }: GatewayKind): boolean {
  return as !== 'base';
}

/** `networking.k8s.io/v1`. */
export function apiVersionOf({ group, version }: GatewayKind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Whether an object is of a version that has other fields than those that are read. */
export function isUnread({ group, unread = [] }: GatewayKind, { apiVersion }: Pick<Manifest, 'apiVersion'>): boolean {
  return unread.some((version) => apiVersion === `${group}/${version}`);
}

/** Gateways that read bases of a kind. */
export function gatewaysOf(gateways: Gateways, is: (kind: GatewayKind) => boolean): Gateway[] {
  return Object.values(gateways).filter(({ kinds }) => kinds.some((kind) => isBaseKind(kind) && is(kind)));
}

/** What of an object is not as its gateway reads it. */
export function checkShape(gateway: Gateway, object: Manifest): Problem[] {
  const shape = kindOf(gateway, object)?.shape;
  return shape ? wrongFields(shape, object) : [];
}
