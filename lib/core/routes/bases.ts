import { GraylaneError, problem } from '../errors';
import type { Gateway, Gateways } from './gateway';
import { isService, type Manifest, objectName, type Service } from '../manifests/manifest';
import type { Objects } from '../manifests/objects';
import type { ObjectRef } from '../specs/spec';

/** One object of the user's that leads requests to Services, and the gateway that reads it. */
export interface Base {
  readonly gateway: Gateway;
  readonly object: Manifest;
  /** Those whose requests are routed there: the entry's, or those of hops. */
  readonly services: readonly Service[];
}

/** A base by name, and the name of its gateway. */
export interface ReferredBase {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly gateway: string;
}

/** Gateways of the objects in customNetworkRefs, by API group. */
const CUSTOM_NETWORKS: Readonly<Record<string, string>> = { 'networking.istio.io': 'istio' };

/**
 * The bases that ObjectRefs name, each with its Service; one that is named twice comes twice.
 * @throws GraylaneError for names that are not there
 */
export function findBases(
  refs: readonly ObjectRef[],
  path: string,
  namespace: string | undefined,
  objects: Objects,
  gateways: Gateways,
): Base[] {
  return refs.flatMap((ref, i) => {
    const at = `${path}[${i}]`;
    const services = [findService(ref.service, `${at}.service`, namespace, objects)];
    return referredBases(ref).map((base) => ({ ...findBase(base, at, namespace, objects, gateways), services }));
  });
}

/**
 * Each base once: it may lead to several Services of a lane.
 * @throws GraylaneError base-repeated for one that is named twice for a Service
 */
export function mergeBases(bases: readonly Base[], path: string): Base[] {
  const merged = new Map<Manifest, Base>();
  for (const base of bases) {
    const { object, gateway, services } = base;
    const known = merged.get(object);
    if (known && (known.gateway !== gateway || known.services.includes(services[0]!))) {
      throw new GraylaneError(problem('base-repeated', path, objectName(object)));
    }
    merged.set(object, known ? { ...known, services: [...known.services, ...services] } : base);
  }
  return [...merged.values()];
}

function findService(name: string, path: string, namespace: string | undefined, objects: Objects): Service {
  const service = objects.find('', 'Service', namespace, name);
  if (service === undefined || !isService(service)) throw new GraylaneError(problem('service-not-found', path, name));
  if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0) {
    throw new GraylaneError(problem('service-external', path, name));
  }
  return service;
}

function findBase(
  { apiVersion, kind, name, gateway }: ReferredBase,
  path: string,
  namespace: string | undefined,
  objects: Objects,
  gateways: Gateways,
): Pick<Base, 'gateway' | 'object'> {
  const known = gateways[gateway];
  if (!known?.bases.includes(kind)) {
    const allowed = Object.values(gateways)
      .filter(({ bases }) => bases.includes(kind))
      .map(({ name }) => name)
      .join(', ');
    throw new GraylaneError(problem('gateway-unknown', `${path}.ingress.classType`, gateway, { allowed }));
  }
  const object = objects.find(groupOf(apiVersion), kind, namespace, name);
  if (object === undefined) throw new GraylaneError(problem('base-not-found', path, `${kind} ${name}`));
  return { gateway: known, object };
}

/** The bases that an ObjectRef names. */
export function referredBases({ ingress, gateway, customNetworkRefs = [] }: ObjectRef): ReferredBase[] {
  if (ingress) {
    const { name, classType = 'nginx' } = ingress;
    return [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, gateway: classType }];
  }
  if (gateway) {
    const route =
      'httpRouteName' in gateway
        ? { kind: 'HTTPRoute', name: gateway.httpRouteName }
        : { kind: 'GRPCRoute', name: gateway.grpcRouteName };
    return [{ apiVersion: 'gateway.networking.k8s.io/v1', ...route, gateway: 'gateway-api' }];
  }
  return customNetworkRefs.map(({ apiVersion, kind, name }) => {
    const group = groupOf(apiVersion);
    return { apiVersion, kind, name, gateway: CUSTOM_NETWORKS[group] ?? group };
  });
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/')[0]!;
}
