import type { Manifest } from '../../core';
import type { HttpRouteObject, ParentRef } from './http-route';

/** A part of a parent by one host: of a request, the place with the most specific host decides before all paths. */
interface Place {
  readonly parent: string;
  /** @default - any of the parent's, as far as is known */
  readonly section?: string;
  readonly port?: number;
  readonly host: string;
}

interface Listener {
  readonly name?: string;
  readonly port?: number;
  readonly hostname?: string;
}

const ANY = '*';

/**
 * Whether paths and conditions decide between a route and another one for some request.
 * @param objects among which Gateways may be, whose listeners have ports and hosts of their own
 */
export function meets(route: HttpRouteObject, objects: readonly Manifest[]): (other: HttpRouteObject) => boolean {
  const gateways = objects.filter(({ kind }) => kind === 'Gateway');
  const places = placesOf(route, gateways);
  return (other) => placesOf(other, gateways).some((one) => places.some((own) => isSame(one, own)));
}

function isSame(a: Place, b: Place): boolean {
  const alike = <T>(x: T | undefined, y: T | undefined) => x === undefined || y === undefined || x === y;
  return a.parent === b.parent && a.host === b.host && alike(a.section, b.section) && alike(a.port, b.port);
}

function placesOf(route: HttpRouteObject, gateways: readonly Manifest[]): Place[] {
  const { parentRefs = [], hostnames = [ANY] } = route.spec;
  return parentRefs.flatMap((ref) => {
    const parent = keyOf(ref, route.metadata.namespace);
    return listenersOf(ref, route, gateways).flatMap(({ name: section, port, hostname = ANY }) =>
      hostnames.flatMap((host) => {
        const common = hostInBoth(host, hostname);
        return common === undefined ? [] : [{ parent, section, port, host: common }];
      }),
    );
  });
}

function keyOf({ kind = 'Gateway', namespace, name }: ParentRef, own: string | undefined): string {
  return [kind, namespace ?? own, name].join('/');
}

/** Those that the reference takes; where the Gateway is not known, what the reference says of them. */
function listenersOf(ref: ParentRef, { metadata }: Manifest, gateways: readonly Manifest[]): readonly Listener[] {
  const key = keyOf(ref, metadata.namespace);
  const gateway = gateways.find((one) => keyOf(one.metadata as ParentRef, undefined) === key);
  const { listeners } = (gateway?.spec ?? {}) as { readonly listeners?: readonly Listener[] };
  if (!Array.isArray(listeners)) return [{ name: ref.sectionName, port: ref.port }];
  return (listeners as readonly Listener[]).filter(
    ({ name, port }) =>
      (ref.sectionName === undefined || ref.sectionName === name) && (ref.port === undefined || ref.port === port),
  );
}

function hostInBoth(a: string, b: string): string | undefined {
  if (a === b || isUnder(a, b)) return a;
  return isUnder(b, a) ? b : undefined;
}

function isUnder(host: string, wildcard: string): boolean {
  return wildcard === ANY || (wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1)));
}
