import { GraylaneError, type Problem, problem, refuse } from './errors';
import type { Gateway, Gateways, Route, RouteOwner, Supports } from './gateway';
import { checkRoute } from './route-check';
import { isService, type Manifest, objectName, type Service } from './manifest';
import { type Division, stepRoute } from './route';
import type { Objects } from './objects';
import { DEFAULT_GRACE_PERIOD_SECONDS, type LaneSpec, type ObjectRef, type RolloutSpec, type RouteSpec } from './spec';

/** One object of the user's that leads requests to the Service, and the gateway that reads it. */
export interface Base {
  readonly gateway: Gateway;
  readonly object: Manifest;
}

/** A lane, or a rollout's own routing, with all that it refers to. */
export interface Routing {
  readonly owner: RouteOwner;
  readonly lane?: LaneSpec;
  /** The Service whose requests are routed. */
  readonly service: Service;
  readonly bases: readonly Base[];
  readonly division: Division;
  readonly gracePeriodSeconds: number;
}

/** Where the routing of an ObjectRef is written: API group and kind of its base, and the gateway's name. */
interface BaseRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly gateway: string;
}

/** Gateways of the objects in customNetworkRefs, by API group. */
const CUSTOM_NETWORKS: Readonly<Record<string, string>> = { 'networking.istio.io': 'istio' };

/**
 * A lane with its bases and Service found.
 * @throws GraylaneError for names that are not there, and for what the gateways cannot express (R12)
 */
export function laneRouting(lane: LaneSpec, objects: Objects, gateways: Gateways): Routing {
  const found = find(lane.objectRef, 'objectRef', lane.namespace, objects, gateways);
  const division = laneDivision(lane, found.bases);
  refuse(checkExpressible(lane, found.bases, ''));
  return { owner: { lane: lane.name }, lane, division, ...found };
}

/** The routing of a rollout of its own: its canary always has a Service of its own. */
export function ownRouting(
  spec: RolloutSpec,
  refs: readonly ObjectRef[],
  objects: Objects,
  gateways: Gateways,
): Routing {
  const found = find(refs, 'trafficRoutings', spec.namespace, objects, gateways);
  const service = found.service.metadata.name!;
  refuse(
    spec.steps.flatMap((step, i) =>
      checkExpressible(stepRoute(step, spec.name, service), found.bases, `steps[${i}]`).map((p) => ({
        ...p,
        path: p.path.replace(/\.weight$/, '.traffic'),
      })),
    ),
  );
  return { owner: { rollout: spec.name }, division: {}, ...found };
}

/** What the list of stages has to know of the gateways of a routing. */
export function routingSupports({ bases }: Routing): Pick<Supports, 'warmUp'> {
  return { warmUp: bases.some(({ gateway }) => gateway.supports.warmUp) };
}

/** Each base with all routings that write on it. */
export function sharedBases(routings: readonly Routing[]): { base: Base; users: Routing[] }[] {
  const shared = new Map<Manifest, { base: Base; users: Routing[] }>();
  for (const routing of routings) {
    for (const base of routing.bases) {
      const users = shared.get(base.object)?.users ?? [];
      shared.set(base.object, { base, users: [...users, routing] });
    }
  }
  return [...shared.values()];
}

/** The base with these routes, and the objects of ours that it takes; the Services that gateways look at stay out. */
export function writeBase({ gateway, object }: Base, users: readonly Routing[], routes: readonly Route[]): Manifest[] {
  const services = [...new Set(users.map(({ service }) => service))];
  const shared = users.length > 1 && { shared: true };
  const written = gateway.write(
    [object, ...services],
    routes.map((route) => ({ ...route, ...shared })),
  );
  return written.filter((one) => !services.includes(one as Service));
}

/** A lane is divided by subsets where all its gateways can and it sets the tag that names the subset. */
function laneDivision(lane: LaneSpec, bases: readonly Base[]): Division {
  const tags = bases.map(({ gateway: { supports } }) => {
    const header = supports.subset?.tagHeader;
    return lane.requestHeaderModifier?.set?.find(({ name }) => name.toLowerCase() === header)?.value;
  });
  const [subset] = tags;
  return subset !== undefined && tags.every((tag) => tag === subset) ? { subset } : {};
}

/** R12, for every gateway of the bases. */
function checkExpressible(route: RouteSpec, bases: readonly Base[], path: string): Problem[] {
  const used = [...new Set(bases.map(({ gateway }) => gateway))];
  return used
    .flatMap((gateway) => [...checkRoute(route, gateway, path), ...checkTag(route, gateway, path)])
    .map((p) => ({ ...p, path: p.path.replace(/^\./, '') }));
}

/** The tag marks requests that are in a lane: a match on it would take them out again. */
function checkTag({ matches = [] }: RouteSpec, { supports }: Gateway, path: string): Problem[] {
  const tag = supports.subset?.tagHeader;
  return matches.flatMap(({ headers = [] }, i) =>
    headers.flatMap(({ name }, j) =>
      name.toLowerCase() === tag
        ? [problem('condition-reserved', `${path}.matches[${i}].headers[${j}].name`, name)]
        : [],
    ),
  );
}

function find(
  refs: readonly ObjectRef[],
  path: string,
  namespace: string | undefined,
  objects: Objects,
  gateways: Gateways,
): Pick<Routing, 'service' | 'bases' | 'gracePeriodSeconds'> {
  const service = findService(refs[0]!.service, `${path}[0].service`, namespace, objects);
  const bases = refs.flatMap((ref, i) => findBases(ref, `${path}[${i}]`, namespace, objects, gateways));
  const repeated = bases.findIndex(({ object }, i) => bases.findIndex((base) => base.object === object) < i);
  if (repeated >= 0) throw new GraylaneError(problem('base-repeated', path, objectName(bases[repeated]!.object)));
  const grace = refs.map(({ gracePeriodSeconds }) => gracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS);
  return { service, bases, gracePeriodSeconds: Math.max(...grace) };
}

function findService(name: string, path: string, namespace: string | undefined, objects: Objects): Service {
  const service = objects.find('', 'Service', namespace, name);
  if (service === undefined || !isService(service)) throw new GraylaneError(problem('service-not-found', path, name));
  if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0) {
    throw new GraylaneError(problem('service-external', path, name));
  }
  return service;
}

function findBases(
  ref: ObjectRef,
  path: string,
  namespace: string | undefined,
  objects: Objects,
  gateways: Gateways,
): Base[] {
  return baseRefs(ref).map(({ group, kind, name, gateway }) => {
    const known = gateways[gateway];
    if (!known?.bases.includes(kind)) {
      const allowed = Object.values(gateways)
        .filter(({ bases }) => bases.includes(kind))
        .map(({ name }) => name)
        .join(', ');
      throw new GraylaneError(problem('gateway-unknown', `${path}.ingress.classType`, gateway, { allowed }));
    }
    const object = objects.find(group, kind, namespace, name);
    if (object === undefined) throw new GraylaneError(problem('base-not-found', path, `${kind} ${name}`));
    return { gateway: known, object };
  });
}

function baseRefs({ ingress, gateway, customNetworkRefs = [] }: ObjectRef): BaseRef[] {
  if (ingress) {
    return [{ group: 'networking.k8s.io', kind: 'Ingress', name: ingress.name, gateway: ingress.classType ?? 'nginx' }];
  }
  if (gateway) {
    return [
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: gateway.httpRouteName, gateway: 'gateway-api' },
    ];
  }
  return customNetworkRefs.map(({ apiVersion, kind, name }) => {
    const group = apiVersion.split('/')[0]!;
    return { group, kind, name, gateway: CUSTOM_NETWORKS[group] ?? group };
  });
}

/** `lane mse-traffic`, `rollout rollout-a`, for messages. */
export function ownerName({ owner }: Pick<Routing, 'owner'>): string {
  return 'lane' in owner ? `lane ${owner.lane}` : `rollout ${owner.rollout}`;
}
