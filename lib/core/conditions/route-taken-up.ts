import { defined } from '../manifests/manifest';
import { type Answer, holds } from '../answer';
import type { Condition, Look, RouteObject, Seen } from './condition';

/** Gateways that say on a route whether they took it up are waited for; of the others the grace period must do. */
export const routeTakenUp: Condition = {
  words: ({ gateways }) => `route taken up by ${gateways.join(', ')}`,
  looksAt: ({ routes }) => routes.map(lookAt),
  answer: ({ routes, gateways }, seen) => {
    const missing = routes.flatMap((route) => missingOf(route, seen) ?? []);
    return missing[0] ?? holds(`route taken up by ${gateways.join(', ')}`);
  },
};

function missingOf(route: RouteObject, seen: Seen): Answer | undefined {
  const [live] = seen.found(lookAt(route));
  const { kind, metadata } = route.object;
  if (live === undefined) return { is: 'broken', why: `route ${kind} ${metadata.name} is not there any more` };
  const what = route.takenUp?.(live);
  return what === undefined ? undefined : { is: 'not-yet', awaited: `route ${kind} ${metadata.name}: ${what}` };
}

function lookAt({ object: { apiVersion, kind, metadata } }: RouteObject): Look {
  return { apiVersion, kind, name: metadata.name!, ...defined({ namespace: metadata.namespace }) };
}
