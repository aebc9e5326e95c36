import type { Route } from './gateway';
import { defined } from '../manifests/manifest';
import type { HeaderModifier, Match, ValueMatch } from '../specs/spec';

/**
 * The same for any two lists of routes that say the same: order and defaults are no difference, nor is the case of a
 * header's name in a condition, nor how objects are named.
 */
export function normaliseRoutes(routes: readonly Route[]): Route[] {
  return sorted(
    routes.map(({ owner, service, to, matches, weight, requestHeaderModifier, warmUp }) =>
      defined({
        owner,
        service,
        to,
        matches: matches?.length ? sorted(matches.map(normaliseMatch)) : undefined,
        weight,
        requestHeaderModifier: requestHeaderModifier && normaliseModifier(requestHeaderModifier),
        warmUp: warmUp || undefined,
      }),
    ),
  );
}

function normaliseMatch({ path, headers, queryParams, cookies }: Match): Match {
  const conditions = (list: readonly ValueMatch[] | undefined, fold = (name: string) => name) =>
    list?.length
      ? sorted(list.map(({ type = 'Exact', name, value }) => ({ name: fold(name), type, value })))
      : undefined;
  return defined({
    path,
    headers: conditions(headers, (name) => name.toLowerCase()),
    queryParams: conditions(queryParams),
    cookies: conditions(cookies),
  });
}

function normaliseModifier({ set, add, remove }: HeaderModifier): HeaderModifier {
  return defined({
    set: set?.length ? sorted(set) : undefined,
    add: add?.length ? sorted(add) : undefined,
    remove: remove?.length ? sorted(remove) : undefined,
  });
}

function sorted<T>(list: readonly T[]): T[] {
  const key = (entry: T) => JSON.stringify(entry);
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
