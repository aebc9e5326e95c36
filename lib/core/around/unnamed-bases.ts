import type { Prospect, ServiceTraits } from '../app/prospect';
import { isHostOf } from '../manifests/hosts';
import { isJsonObject } from '../manifests/json';
import { isSameKind } from '../manifests/kinds';
import { defined, type Manifest } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import { checkOf, MEANT, type ObjectKind } from './check';

/** A kind of objects that lead requests to Services, and the field of its entries that name one. */
interface Leading extends ObjectKind {
  readonly field:
    | 'service'
    | 'backendRefs'
    | 'destination'
    | 'services'
    | 'to'
    | 'alternateBackends'
    | 'serviceName'
    | 'serviceRef'
    | 'ref';
}

const bases: readonly Leading[] = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', field: 'service' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', field: 'backendRefs' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GRPCRoute', field: 'backendRefs' },
  { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', field: 'destination' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute', field: 'services' },
];

/** No routing can name these. */
const others: readonly Leading[] = [
  { apiVersion: 'gateway.networking.k8s.io/v1alpha2', kind: 'TLSRoute', field: 'backendRefs' },
  { apiVersion: 'gateway.networking.k8s.io/v1alpha2', kind: 'TCPRoute', field: 'backendRefs' },
  { apiVersion: 'gateway.networking.k8s.io/v1alpha2', kind: 'UDPRoute', field: 'backendRefs' },
  { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'HTTPRoute', field: 'backendRefs' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRouteTCP', field: 'services' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRouteUDP', field: 'services' },
  { apiVersion: 'traefik.io/v1alpha1', kind: 'TraefikService', field: 'services' },
  { apiVersion: 'k8s.nginx.org/v1', kind: 'VirtualServer', field: 'service' },
  { apiVersion: 'k8s.nginx.org/v1', kind: 'VirtualServerRoute', field: 'service' },
  { apiVersion: 'k8s.nginx.org/v1', kind: 'TransportServer', field: 'service' },
  { apiVersion: 'getambassador.io/v3alpha1', kind: 'Mapping', field: 'service' },
  { apiVersion: 'getambassador.io/v3alpha1', kind: 'TCPMapping', field: 'service' },
  { apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute', field: 'serviceName' },
  { apiVersion: 'zalando.org/v1', kind: 'RouteGroup', field: 'serviceName' },
  { apiVersion: 'configuration.konghq.com/v1beta1', kind: 'TCPIngress', field: 'serviceName' },
  { apiVersion: 'configuration.konghq.com/v1beta1', kind: 'UDPIngress', field: 'serviceName' },
  { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding', field: 'serviceRef' },
  { apiVersion: 'gateway.solo.io/v1', kind: 'VirtualService', field: 'ref' },
  { apiVersion: 'projectcontour.io/v1', kind: 'HTTPProxy', field: 'services' },
  { apiVersion: 'route.openshift.io/v1', kind: 'Route', field: 'to' },
  { apiVersion: 'route.openshift.io/v1', kind: 'Route', field: 'alternateBackends' },
];

/** A route takes requests of its bases: by any other way everyone gets stable. */
export const unnamedBases = checkOf({
  name: 'unnamed-base',
  about: 'an Ingress or a route that leads to a routed Service, and is not named by its routing',
  effect: 'its requests get stable, whatever share or match the canary has',
  objects: bases,
  given: others,
  // What it says of the Service names its namespace.
  reaches: (object) => kindsOf(object, [...bases, ...others]).length > 0,
  needs: [],
  findings: ({ services, bases: named }: Prospect, spec: object, object) => {
    if (isOurs(object) || named.some((one) => isNamed(one, object))) return [];
    const fields = kindsOf(object, [...bases, ...others]).map(({ field }) => field);
    const found = fields.flatMap((field) => backendsIn(spec, field));
    const led = services.filter((service) => service.routed && found.some((one) => isOf(one, service, object)));
    const { namespace } = object.metadata;
    // Bases are in the namespace of their Service.
    const nameable = (service: ServiceTraits) => kindsOf(object, bases).length > 0 && namespace === service.namespace;
    const name = (service: ServiceTraits) =>
      nameable(service) ? 'name it in the routing as well' : 'let its requests come by a base of the routing';
    return led.map((service) => ({
      reason: `leads to Service ${service.name} as well, and the routing does not name it: its requests get stable`,
      wayOut: `${name(service)}; the annotation ${MEANT.key}: ${MEANT.value} says that they are meant to`,
    }));
  },
});

function kindsOf(object: Pick<Manifest, 'apiVersion' | 'kind'>, among: readonly Leading[]): Leading[] {
  return among.filter((one) => isSameKind(one, object));
}

/** How a backend is named: by a host, or by kind, namespace and name. */
interface Backend {
  readonly host?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

function isNamed(base: Manifest, { kind, metadata: { name, namespace } }: Manifest): boolean {
  return base.kind === kind && base.metadata.name === name && base.metadata.namespace === namespace;
}

/** What stands in that field, wherever it is; copies of requests lead nobody. */
function backendsIn(value: unknown, field: Leading['field']): Backend[] {
  if (Array.isArray(value)) return value.flatMap((one) => backendsIn(one, field));
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .filter(([key]) => key !== 'mirrors')
    .flatMap(([key, inner]) =>
      key === field ? ([inner].flat() as (Backend | string)[]).map(asBackend) : backendsIn(inner, field),
    );
}

/** Some name it in one word, with scheme, namespace or port. */
function asBackend(backend: Backend | string): Backend {
  return typeof backend === 'string' ? { host: backend.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '') } : backend;
}

function isOf({ host, kind = 'Service', namespace, name }: Backend, service: ServiceTraits, object: Manifest): boolean {
  const isBeside = object.metadata.namespace === service.namespace;
  if (host !== undefined) {
    const { namespace: near } = service;
    return (
      (isBeside || host.includes('.')) &&
      isHostOf(host, service.name!, { ...object, metadata: { ...defined({ namespace: near }) } })
    );
  }
  return kind === 'Service' && name === service.name && (namespace ?? object.metadata.namespace) === service.namespace;
}
