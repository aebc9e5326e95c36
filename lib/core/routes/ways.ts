import type { Gateway, Gateways } from './gateway';
import { checkShape, kindOf } from './kinds';
import { isService, type Manifest, type Service } from '../manifests/manifest';
import { canaryName, isOurs } from '../manifests/names';
import { routesOf } from './route-annotation';

interface Way {
  readonly object: Manifest;
  readonly gateway: Gateway;
}

/** What leads requests to Services, whether a routing has it or not; an app may have thousands of both. */
export class Ways {
  /** By a name of a Service that they mention: most mention one or two. */
  private readonly mentioning = new Map<string, Way[]>();

  constructor(objects: readonly Manifest[], gateways: Gateways) {
    const services = new Set(objects.filter(isService).map(({ metadata }) => metadata.name!));
    for (const object of objects.filter((one) => !isOurs(one))) {
      const gateway = Object.values(gateways).find((one) => leadsRequests(one, object));
      if (gateway === undefined) continue;
      for (const name of namesIn(object.spec, services)) {
        this.mentioning.set(name, [...(this.mentioning.get(name) ?? []), { object, gateway }]);
      }
    }
  }

  /** Those of the Service's namespace, in the order of the app. */
  to(service: Service): Manifest[] {
    const { name, namespace } = service.metadata;
    return (this.mentioning.get(name!) ?? [])
      .filter(({ object }) => object.metadata.namespace === namespace)
      .filter((way) => leadsTo(way, service))
      .map(({ object }) => object);
  }
}

function leadsRequests(gateway: Gateway, object: Manifest): boolean {
  const kind = kindOf(gateway, object);
  return kind !== undefined && kind.as !== 'ours' && (kind.leads ?? true);
}

/** Names of Services among the texts of an object, full host names too. */
function namesIn(value: unknown, services: ReadonlySet<string>): Set<string> {
  if (typeof value === 'string') return new Set([value.split('.')[0]!].filter((name) => services.has(name)));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((one) => [...namesIn(one, services)]));
}

/** An object leads to a Service if a route of its requests would be written. */
function leadsTo({ object, gateway }: Way, service: Service): boolean {
  const name = service.metadata.name!;
  const probe = { owner: { rollout: name }, service: name, to: { service: canaryName(name) }, weight: 1 };
  const around = { services: [service], bases: [], others: [] };
  return checkShape(gateway, object).length === 0 && routesOf(gateway.write(object, [probe], around)).length > 0;
}
