import {
  defined,
  digest,
  type HeaderModifier,
  isOurs,
  isService,
  type Manifest,
  type Match,
  type ObjectMeta,
  type Route,
  type StringMap,
} from '../core';
import { groupByOwner, type Naming, objectNameOf, objectsOf, ownerLabels, sideName } from './owner';

/** Kubernetes Ingress, as far as graylane reads it. */
export interface Ingress extends Manifest {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: IngressBackend;
    readonly tls?: unknown;
    readonly rules?: ReadonlyArray<{
      readonly host?: string;
      readonly http?: {
        readonly paths: ReadonlyArray<{
          readonly path?: string;
          readonly pathType: string;
          readonly backend: IngressBackend;
        }>;
      };
    }>;
  };
}

interface IngressBackend {
  readonly service?: { readonly name: string; readonly port: unknown };
  readonly resource?: unknown;
}

/** What one canary Ingress expresses: a match, a weight, or both where the controller reads both from one. */
export interface Slice {
  readonly match?: Match;
  readonly weight?: number;
}

/** How one controller writes and reads the slices of a route on an Ingress. */
export interface IngressDialect {
  /** Each match and the weight on an Ingress of its own, or one match and the weight together on one. */
  readonly slices: 'apart' | 'together';
  /** A canary Ingress to the base's own Service is ignored: a second Service has to select stable's pods. */
  readonly aliasForStable?: boolean;
  /** Whether an annotation of the base belongs to routing, so that requests of the route need it as well. */
  carries(key: string, route: Route): boolean;
  /** Annotations of a canary Ingress, beside those carried over. */
  annotate(slice: Slice, route: Route, base: StringMap): StringMap;
  /** What the annotations of a canary Ingress say. */
  parse(annotations: StringMap, base: StringMap): Slice & { requestHeaderModifier?: HeaderModifier; subset?: string };
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** The class by either way of naming it. */
export function classOf({ metadata, spec }: Ingress): string | undefined {
  return spec.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
}

/** The objects that make the routes: each base Ingress, followed by its canary Ingresses. */
export function writeIngresses(
  objects: readonly Manifest[],
  routes: readonly Route[],
  dialect: IngressDialect,
): Manifest[] {
  return objects
    .filter((object) => !isOurs(object))
    .flatMap((object) =>
      isIngress(object)
        ? [object, ...routes.flatMap((route) => writeRoute(object, route, objects, dialect))]
        : [object],
    );
}

/** The routes that these Ingresses express; a route over several bases is told once. */
export function readIngresses(objects: readonly Manifest[], dialect: IngressDialect): Route[] {
  const ingresses = objects.filter(isIngress);
  const ours = ingresses.filter(isOurs);
  const routes = ingresses
    .filter((object) => !isOurs(object))
    .flatMap((base) => groupByOwner(ours).flatMap((group) => readRoute(base, group, dialect)));
  return [...new Map(routes.map((route) => [digest(route), route])).values()];
}

function writeRoute(base: Ingress, route: Route, objects: readonly Manifest[], dialect: IngressDialect): Manifest[] {
  const backend = backendOf(base, route, dialect);
  const ingresses = slices(route, dialect).flatMap((slice, i) =>
    canaryIngress(base, route, backend, slice, i, dialect),
  );
  const aliases = backend === route.service || route.to !== 'stable' || ingresses.length === 0;
  return aliases ? ingresses : [...ingresses, alias(base, route, backend, objects)];
}

function slices({ matches = [], weight }: Route, dialect: IngressDialect): Slice[] {
  const weights = weight === undefined ? [] : [{ weight }];
  if (dialect.slices === 'apart') return [...matches.map((match) => ({ match })), ...weights];
  const [match] = matches;
  return match || weights.length > 0 ? [{ ...(match && { match }), ...weights[0] }] : [];
}

function backendOf(base: Ingress, { owner, shared, service, to }: Route, { aliasForStable }: IngressDialect): string {
  if (typeof to === 'object' && 'service' in to) return to.service;
  return to === 'stable' && aliasForStable ? sideName(base, { owner, shared }, 'stable') : service;
}

/** The routed Service under another name. */
function alias(base: Ingress, { owner, service }: Route, name: string, objects: readonly Manifest[]): Manifest {
  const { apiVersion, kind, spec } = objects
    .filter(isService)
    .find(({ metadata }) => metadata.name === service && metadata.namespace === base.metadata.namespace)!;
  const { selector, ports } = spec;
  const { namespace } = base.metadata;
  const portsOnly = ports?.map(({ nodePort: _, ...port }) => port);
  return {
    apiVersion,
    kind,
    metadata: defined({ name, namespace, labels: ownerLabels(owner) }),
    spec: defined({ selector, ports: portsOnly }),
  };
}

function canaryIngress(
  base: Ingress,
  route: Route,
  backend: string,
  slice: Slice,
  index: number,
  dialect: IngressDialect,
): Ingress[] {
  const rules = rulesTo(base, route.service, backend);
  const defaultBackend = leadTo(base.spec.defaultBackend, route.service, backend);
  if (rules.length === 0 && defaultBackend === undefined) return [];
  const annotations = base.metadata.annotations ?? {};
  const metadata: ObjectMeta = defined({
    name: objectNameOf(base, route, index),
    namespace: base.metadata.namespace,
    labels: ownerLabels(route.owner),
    annotations: { ...carried(annotations, route, dialect), ...dialect.annotate(slice, route, annotations) },
  });
  const { ingressClassName, tls } = base.spec;
  const { apiVersion, kind } = base;
  return [
    {
      apiVersion,
      kind,
      metadata,
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

function readRoute(base: Ingress, group: readonly Ingress[], dialect: IngressDialect): Route[] {
  const own = objectsOf(base, group);
  return own ? [assemble(base, own, own.objects, dialect)] : [];
}

function assemble(base: Ingress, naming: Naming, group: readonly Ingress[], dialect: IngressDialect): Route {
  const parts = group.map(({ metadata }) => dialect.parse(metadata.annotations ?? {}, base.metadata.annotations ?? {}));
  const [[path, backend]] = backends(group[0]!) as [[string, string]];
  const service = new Map(backends(base)).get(path) ?? backend;
  const { subset, requestHeaderModifier } = parts[0]!;
  const matches = parts.flatMap(({ match }) => match ?? []);
  const toStable = backend === service || backend === sideName(base, naming, 'stable');
  return {
    owner: naming.owner,
    service,
    to: subset !== undefined ? { subset } : toStable ? 'stable' : { service: backend },
    ...defined({
      matches: matches.length > 0 ? matches : undefined,
      weight: parts.find(({ weight }) => weight !== undefined)?.weight,
      requestHeaderModifier,
      shared: naming.shared || undefined,
    }),
  };
}

/** Where each path of an Ingress leads, by host and path: a canary Ingress has the same paths as its base. */
function backends({ spec }: Ingress): [path: string, service: string][] {
  const paths = (spec.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map(({ path, pathType, backend }) => ({ key: digest([host, path, pathType]), backend })),
  );
  return [...paths, { key: 'default', backend: spec.defaultBackend }].flatMap(({ key, backend }) =>
    backend?.service ? [[key, backend.service.name]] : [],
  );
}

/** Whether this is an Ingress, of any version. */
export function isIngress(object: Manifest): object is Ingress {
  return object.kind === 'Ingress' && object.apiVersion.startsWith('networking.k8s.io/');
}
