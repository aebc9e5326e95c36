import {
  canaryName,
  defined,
  digest,
  type HeaderModifier,
  LANE_LABEL,
  type Manifest,
  type Match,
  type ObjectMeta,
  ROLLOUT_LABEL,
  type Route,
  type RouteOwner,
  shorten,
  type StringMap,
} from '../core';

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

/** One canary Ingress expresses one match, or a weight: most controllers read one kind of condition from each. */
export interface Slice {
  readonly match?: Match;
  readonly weight?: number;
}

/** How one controller writes and reads the slices of a route on an Ingress. */
export interface IngressDialect {
  /** Whether an annotation of the base belongs to routing, so that requests of the route need it as well. */
  carries(key: string, route: Route): boolean;
  /** Annotations of a canary Ingress, beside those carried over. */
  annotate(slice: Slice, route: Route, base: StringMap): StringMap;
  /** What the annotations of a canary Ingress say. */
  parse(annotations: StringMap, base: StringMap): Slice & { requestHeaderModifier?: HeaderModifier; subset?: string };
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** The objects that make the routes: each base Ingress, followed by its canary Ingresses. */
export function writeIngresses(
  objects: readonly Manifest[],
  routes: readonly Route[],
  dialect: IngressDialect,
): Manifest[] {
  return objects
    .filter((object) => !(isIngress(object) && isOurs(object)))
    .flatMap((object) =>
      isIngress(object)
        ? [
            object,
            ...routes.flatMap((route) =>
              slices(route).flatMap((slice, i) => canaryIngress(object, route, slice, i, dialect)),
            ),
          ]
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

function slices({ matches = [], weight }: Route): Slice[] {
  return [...matches.map((match) => ({ match })), ...(weight === undefined ? [] : [{ weight }])];
}

function canaryIngress(base: Ingress, route: Route, slice: Slice, index: number, dialect: IngressDialect): Ingress[] {
  const backend = typeof route.to === 'object' && 'service' in route.to ? route.to.service : route.service;
  const rules = rulesTo(base, route.service, backend);
  const defaultBackend = leadTo(base.spec.defaultBackend, route.service, backend);
  if (rules.length === 0 && defaultBackend === undefined) return [];
  const annotations = base.metadata.annotations ?? {};
  const metadata: ObjectMeta = defined({
    name: ingressName(base, route, index),
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

/** Names do not depend on which routes are open, so that a route that opens or closes renames no other. */
function ingressName({ metadata }: Ingress, { owner, shared }: Pick<Route, 'owner' | 'shared'>, index: number): string {
  const name = canaryName(shared ? `${metadata.name}-${Object.values(owner)[0]}` : metadata.name!);
  return index === 0 ? name : shorten(`${name}-${index + 1}`);
}

function carried(annotations: StringMap, route: Route, dialect: IngressDialect): StringMap {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key === CLASS_ANNOTATION || dialect.carries(key, route)),
  );
}

function readRoute(base: Ingress, group: readonly Ingress[], dialect: IngressDialect): Route[] {
  const owner = ownerOf(group[0]!);
  for (const shared of [false, true]) {
    const own = group.map((_, i) =>
      group.find(({ metadata }) => metadata.name === ingressName(base, { owner, shared }, i)),
    );
    const found = own.filter((ingress) => ingress !== undefined);
    if (found.length > 0) return [assemble(base, owner, shared, found, dialect)];
  }
  return [];
}

function assemble(
  base: Ingress,
  owner: RouteOwner,
  shared: boolean,
  group: readonly Ingress[],
  dialect: IngressDialect,
): Route {
  const parts = group.map(({ metadata }) => dialect.parse(metadata.annotations ?? {}, base.metadata.annotations ?? {}));
  const backend = backends(group[0]!)[0]!;
  const service = backends(base).find((name) => name === backend || canaryName(name) === backend) ?? backend;
  const { subset, requestHeaderModifier } = parts[0]!;
  const matches = parts.flatMap(({ match }) => match ?? []);
  return {
    owner,
    service,
    to: subset !== undefined ? { subset } : backend === service ? 'stable' : { service: backend },
    ...defined({
      matches: matches.length > 0 ? matches : undefined,
      weight: parts.find(({ weight }) => weight !== undefined)?.weight,
      requestHeaderModifier,
      shared: shared || undefined,
    }),
  };
}

function backends({ spec }: Ingress): string[] {
  const paths = (spec.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  return [...paths.map(({ backend }) => backend), spec.defaultBackend].flatMap(
    (backend) => backend?.service?.name ?? [],
  );
}

function isIngress(object: Manifest): object is Ingress {
  return object.kind === 'Ingress' && object.apiVersion.startsWith('networking.k8s.io/');
}

function isOurs({ metadata }: Manifest): boolean {
  return metadata.labels?.[LANE_LABEL] !== undefined || metadata.labels?.[ROLLOUT_LABEL] !== undefined;
}

function ownerLabels(owner: RouteOwner): StringMap {
  return 'lane' in owner ? { [LANE_LABEL]: shorten(owner.lane) } : { [ROLLOUT_LABEL]: shorten(owner.rollout) };
}

function ownerOf({ metadata: { labels = {} } }: Manifest): RouteOwner {
  const lane = labels[LANE_LABEL];
  return lane === undefined ? { rollout: labels[ROLLOUT_LABEL]! } : { lane };
}

function groupByOwner(ingresses: readonly Ingress[]): Ingress[][] {
  const groups = new Map<string, Ingress[]>();
  for (const ingress of ingresses) {
    const key = digest(ownerOf(ingress));
    groups.set(key, [...(groups.get(key) ?? []), ingress]);
  }
  return [...groups.values()];
}
