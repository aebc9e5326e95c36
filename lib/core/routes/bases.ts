import { GraylaneError, problem } from '../errors';
import type { Gateway, GatewayKind, Gateways } from './gateway';
import { apiVersionOf, gatewaysOf, isUnread, kindOf } from './kinds';
import { ingressClassOf } from '../manifests/ingress-class';
import { defined, groupOf, isService, type Manifest, objectName, type Service } from '../manifests/manifest';
import { type Objects, olderApi } from '../manifests/objects';
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
  /** @default - that of the class which the base says it has */
  readonly gateway?: string;
}

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
    return referredBases(ref, gateways).map((base) => ({
      ...findBase(base, at, namespace, objects, gateways),
      services,
    }));
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
  if (service === undefined || !isService(service)) {
    const details = objects.elsewhere('', 'Service', namespace, name);
    throw new GraylaneError(problem('service-not-found', path, name, details));
  }
  if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0) {
    throw new GraylaneError(problem('service-external', path, name));
  }
  return service;
}

/** A ReferenceGrant lets a route lead to a Service of another namespace, and nothing lets an Ingress. */
const BESIDE =
  'put it into the namespace of its Service, where canary Services and routes are written (parentRefs may name a Gateway of another one); on the command line -n is the namespace of what has none';

function findBase(
  { apiVersion, kind, name, gateway }: ReferredBase,
  path: string,
  namespace: string | undefined,
  objects: Objects,
  gateways: Gateways,
): Pick<Base, 'gateway' | 'object'> {
  const readers = gatewaysOf(gateways, (one) => one.kind === kind && one.group === groupOf(apiVersion));
  const named = readers.find((one) => one.name === gateway);
  if (gateway !== undefined && named === undefined) {
    throw new GraylaneError(
      problem('gateway-unknown', `${path}.${CLASS_TYPE}`, gateway, { allowed: namesOf(readers) }),
    );
  }
  const object = objects.find(groupOf(apiVersion), kind, namespace, name);
  if (object === undefined) {
    const beside = objects.elsewhere(groupOf(apiVersion), kind, namespace, name);
    const details =
      beside.fix === undefined ? objects.inOtherGroup(apiVersion, kind, name) : { ...beside, fix: BESIDE };
    throw new GraylaneError(problem('base-not-found', path, `${kind} ${name}`, details));
  }
  const reader = named ?? readerByClass(object, readers, `${path}.${CLASS_TYPE}`);
  if (isUnread(kindOf(reader, object)!, object)) {
    const details = olderApi(apiVersion, [object.apiVersion]);
    throw new GraylaneError(problem('base-not-found', path, `${kind} ${name}`, details));
  }
  return { gateway: reader, object };
}

const CLASS_TYPE = 'ingress.classType';

/** Of an Ingress whose gateway nobody names: the one whose name its class is. */
function readerByClass(ingress: Manifest, readers: readonly Gateway[], path: string): Gateway {
  const own = ingressClassOf(ingress);
  const reader = readers.find(({ name }) => name === own);
  if (reader) return reader;
  const fix = `set classType to the gateway that reads ${objectName(ingress)}`;
  const details = { allowed: namesOf(readers), fix: own === undefined ? fix : `${fix}, of the class ${own}` };
  throw new GraylaneError(problem('gateway-unnamed', path, undefined, details));
}

function namesOf(gateways: readonly Gateway[]): string {
  return gateways.map(({ name }) => name).join(', ');
}

/** The bases that an ObjectRef names: which field names which kinds, the gateways say. */
export function referredBases(ref: ObjectRef, gateways: Gateways): ReferredBase[] {
  const { ingress, gateway, customNetworkRefs = [] } = ref;
  const named = (by: GatewayKind['namedBy'], name: string, classType?: string): ReferredBase[] => {
    const found = gatewaysOf(gateways, ({ namedBy }) => namedBy === by);
    const [reader = found[0]] = found.filter((one) => one.name === classType);
    const kind = reader?.kinds.find(({ namedBy }) => namedBy === by);
    return kind ? [{ apiVersion: apiVersionOf(kind), kind: kind.kind, name, gateway: classType ?? reader!.name }] : [];
  };
  if (ingress) {
    const found = named('ingress', ingress.name, ingress.classType);
    return found.map(({ gateway: _, ...base }) => ({ ...base, ...defined({ gateway: ingress.classType }) }));
  }
  if (gateway) {
    return gateway.httpRouteName !== undefined
      ? named('gateway.httpRouteName', gateway.httpRouteName)
      : named('gateway.grpcRouteName', gateway.grpcRouteName);
  }
  return customNetworkRefs.map(({ apiVersion, kind, name }) => {
    const group = groupOf(apiVersion);
    const [reader] = gatewaysOf(gateways, (one) => one.namedBy === 'customNetworkRefs' && one.group === group);
    return { apiVersion, kind, name, gateway: reader?.name ?? group };
  });
}
