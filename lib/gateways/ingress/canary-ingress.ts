import * as v from 'valibot';
import {
  CLASS_ANNOTATION,
  type Around,
  defined,
  type GatewayKind,
  isService,
  type Manifest,
  type Match,
  type Route,
  type StringMap,
} from '../../core';
import { namedShape } from '../writing/metadata-shape';
import { objectNameOf, ourMetadata, sideName } from '../writing/owner';
import { type Ingress, type IngressBackend, isIngress } from './ingress';

/** What one canary Ingress expresses: a match, a weight, or several of these where the controller reads them from one. */
export interface Slice {
  readonly matches: readonly Match[];
  readonly weight?: number;
}

/** How one controller is told of the slices of a route by annotations of an Ingress. */
export interface IngressDialect {
  /** Each match and the weight on an Ingress of its own, or all of them together on one. */
  readonly slices: 'apart' | 'together';
  /** A canary Ingress to the base's own Service is ignored: a second Service has to select stable's pods. */
  readonly aliasForStable?: boolean;
  /** Whether an annotation of the base belongs to routing, so that requests of the route need it as well. */
  carries(key: string, route: Route): boolean;
  /** Annotations of a canary Ingress, beside those carried over. */
  annotate(slice: Slice, route: Route, base: StringMap, bases: readonly Manifest[]): StringMap;
}

/** Stable's pods under another name. */
export const aliasKind: GatewayKind = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  as: 'ours',
  order: 0,
  shape: v.object(namedShape),
};

/** A base Ingress, which stays as it is, and the canary Ingresses that make the routes. */
export function writeIngresses(dialect: IngressDialect) {
  return (base: Manifest, routes: readonly Route[], around: Around): Manifest[] =>
    isIngress(base) ? [base, ...routes.flatMap((route) => writeRoute(base, route, around, dialect))] : [base];
}

function writeRoute(base: Ingress, route: Route, around: Around, dialect: IngressDialect): Manifest[] {
  const backend = backendOf(base, route, dialect);
  const ingresses = slices(route, dialect).flatMap((slice, i) =>
    canaryIngress(base, route, backend, slice, i, dialect, around),
  );
  const named = backend === route.service || route.to !== 'stable' || ingresses.length === 0;
  return named ? ingresses : [...ingresses, ...alias(base, route, backend, around)];
}

function slices({ matches = [], weight }: Route, dialect: IngressDialect): Slice[] {
  const share: Slice[] = weight === undefined ? [] : [{ matches: [], weight }];
  if (dialect.slices === 'apart') return [...matches.map((match) => ({ matches: [match] })), ...share];
  return matches.length > 0 || share.length > 0 ? [{ ...share[0], matches }] : [];
}

/** The Service that a canary Ingress leads to. */
export function backendOf(
  base: Ingress,
  { owner, shared, service, to }: Route,
  { aliasForStable }: IngressDialect,
): string {
  if (typeof to === 'object' && 'service' in to) return to.service;
  return to === 'stable' && aliasForStable ? sideName(base, { owner, ...(shared && { shared }) }, 'stable') : service;
}

/** The routed Service under another name. */
function alias(base: Ingress, route: Route, name: string, { services }: Around): Manifest[] {
  return services
    .filter(isService)
    .filter(({ metadata }) => metadata.name === route.service)
    .map(({ apiVersion, kind, spec: { selector, ports } }) => {
      const portsOnly = ports?.map(({ nodePort: _, ...port }) => port);
      return {
        apiVersion,
        kind,
        metadata: ourMetadata(base, route, name),
        spec: defined({ selector, ports: portsOnly }),
      };
    });
}

function canaryIngress(
  base: Ingress,
  route: Route,
  backend: string,
  slice: Slice,
  index: number,
  dialect: IngressDialect,
  { bases }: Around,
): Ingress[] {
  const rules = rulesTo(base, route.service, backend);
  const defaultBackend = leadTo(base.spec.defaultBackend, route.service, backend);
  if (rules.length === 0 && defaultBackend === undefined) return [];
  const annotations = base.metadata.annotations ?? {};
  const own = {
    ...carried(annotations, route, dialect),
    ...dialect.annotate(slice, route, annotations, [base, ...bases]),
  };
  const { ingressClassName, tls } = base.spec;
  const { apiVersion, kind } = base;
  return [
    {
      apiVersion,
      kind,
      metadata: ourMetadata(base, route, objectNameOf(base, route, index), own),
      spec: defined({ ingressClassName, defaultBackend, tls, rules: rules.length > 0 ? rules : undefined }),
    },
  ];
}

/** Rules of the base with only those paths that lead to the service, which now lead to the backend. */
function rulesTo(base: Ingress, service: string, backend: string): NonNullable<Ingress['spec']['rules']> {
  return (base.spec.rules ?? []).flatMap((rule) => {
    const paths = (rule.http?.paths ?? []).flatMap((path) => {
      const led = leadTo(path.backend, service, backend);
      return led ? [{ ...path, backend: led }] : [];
    });
    return paths.length > 0 ? [{ ...rule, http: { paths } }] : [];
  });
}

function leadTo(from: IngressBackend | undefined, service: string, backend: string): IngressBackend | undefined {
  return from?.service?.name === service ? { service: { ...from.service, name: backend } } : undefined;
}

function carried(annotations: StringMap, route: Route, dialect: IngressDialect): StringMap {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key === CLASS_ANNOTATION || dialect.carries(key, route)),
  );
}
