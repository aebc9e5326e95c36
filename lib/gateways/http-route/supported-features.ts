import {
  type Around,
  defined,
  groupOf,
  type Manifest,
  objectName,
  type ObjectReference,
  problem,
  type Problem,
} from '../../core';
import { isRouteObject, type HttpRouteObject, type RouteRule } from './http-route';

const GROUP = 'gateway.networking.k8s.io';

/** What an implementation need not have, by the name under which its GatewayClass says that it has it. */
interface Feature {
  readonly name: string;
  readonly isIn: (rule: RouteRule) => boolean;
  readonly what: string;
  readonly fix: string;
}

/** Source: pkg/features/httproute.go of Gateway API, the extended features of HTTPRoute that routes are written with. */
const FEATURES: readonly Feature[] = [
  {
    name: 'HTTPRouteQueryParamMatching',
    isIn: ({ matches = [] }) => matches.some(({ queryParams = [] }) => queryParams.length > 0),
    what: 'a match on query parameters',
    fix: 'match on a header instead of a query parameter',
  },
  {
    name: 'HTTPRouteBackendRequestHeaderModification',
    isIn: ({ backendRefs = [] }) =>
      backendRefs.some(({ filters = [] }) => filters.some(({ type }) => type === 'RequestHeaderModifier')),
    what: 'headers that change for one backend of a rule',
    fix: 'leave the headers as they are, or change them for matches of a rule that leads to the Service alone',
  },
];

/** The Gateways of a route, and the class of a Gateway. */
export function referredParents(object: Manifest): ObjectReference[] {
  const { namespace } = object.metadata;
  const named = { apiVersion: `${GROUP}/v1` };
  if (isRouteObject(object)) {
    const gateways = (object.spec.parentRefs ?? []).filter(({ group = GROUP, kind = 'Gateway' }) =>
      isGateway({ apiVersion: `${group}/v1`, kind }),
    );
    return gateways.map((ref) =>
      defined({ ...named, kind: 'Gateway', name: ref.name, namespace: ref.namespace ?? namespace }),
    );
  }
  const { gatewayClassName } = (object.spec ?? {}) as { readonly gatewayClassName?: string };
  return isGateway(object) && gatewayClassName !== undefined
    ? [{ ...named, kind: 'GatewayClass', name: gatewayClassName }]
    : [];
}

/**
 * R12: what a base is written with that the class of one of its Gateways does not say that it supports; a class that says
 * nothing may have anything.
 * @param written the base with a route, and our objects beside it
 */
export function checkFeatures(
  base: HttpRouteObject,
  written: readonly HttpRouteObject[],
  { others }: Pick<Around, 'others'>,
): Problem[] {
  if (base.kind !== 'HTTPRoute') return [];
  const before = base.spec.rules ?? [];
  const after = written.flatMap(({ spec: { rules = [] } }) => rules);
  const added = FEATURES.filter(({ isIn }) => after.some(isIn) && !before.some(isIn));
  return added.flatMap(({ name, what, fix }) =>
    found(others, referredParents(base)).flatMap((gateway) =>
      found(others, referredParents(gateway))
        .filter((one) => supportedBy(one)?.includes(name) === false)
        .map((one) =>
          problem('base-unsuitable', 'spec.parentRefs', `${objectName(gateway)} of ${objectName(one)}`, {
            allowed: `${what} by a Gateway whose class has ${name} in status.supportedFeatures`,
            fix,
          }),
        ),
    ),
  );
}

/** @returns undefined where the class does not say what it supports */
function supportedBy({ status }: Manifest): readonly string[] | undefined {
  const { supportedFeatures: all } = (status ?? {}) as { readonly supportedFeatures?: readonly (Named | string)[] };
  // Gateway API 1.1 has them as words.
  return all && all.length > 0 ? all.map((one) => (typeof one === 'string' ? one : one.name)) : undefined;
}

interface Named {
  readonly name: string;
}

function found(objects: readonly Manifest[], references: readonly ObjectReference[]): Manifest[] {
  return references.flatMap(
    ({ apiVersion, kind, name, namespace }) =>
      objects.find(
        (one) =>
          one.kind === kind &&
          groupOf(one.apiVersion) === groupOf(apiVersion) &&
          one.metadata.name === name &&
          one.metadata.namespace === namespace,
      ) ?? [],
  );
}

function isGateway({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return kind === 'Gateway' && groupOf(apiVersion) === GROUP;
}
