import { defined, groupOf, type Manifest, type Service, type StringMap } from '../manifests/manifest';
import { canaryName, isOurs } from '../manifests/names';
import type { PossibleRoute } from '../routes/possible-routes';
import type { Routing } from '../routes/routing';

/** An object of the user's, and those of ours that take its place for requests of a route. */
export interface Double {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels: StringMap;
  /** Their names; they are of the same kind. */
  readonly ours: readonly string[];
}

/** What a rollout's releases put beside objects of the user's: whatever knows those by name does not know ours. */
export function doublesOf(
  { served, routing }: { readonly served: readonly Service[]; readonly routing?: Routing },
  possible: readonly PossibleRoute[],
): Double[] {
  const own = possible.filter((one) => one.routing === routing && !one.route.warmUp);
  const bases = [...new Set(own.map(({ base }) => base.object))].map((object) => {
    const written = own.filter(({ base }) => base.object === object).flatMap((one) => one.written);
    const ours = written.filter((one) => one.kind === object.kind && isOurs(one));
    return double(
      object,
      ours.map(({ metadata }) => metadata.name!),
    );
  });
  const services = served.map((service) => double(service, [canaryName(service.metadata.name!)]));
  return [...services, ...bases].filter(({ ours }) => ours.length > 0);
}

function double({ apiVersion, kind, metadata: { name, namespace, labels = {} } }: Manifest, ours: string[]): Double {
  return { group: groupOf(apiVersion), kind, name: name!, labels, ours: [...new Set(ours)], ...defined({ namespace }) };
}
