import { type Match, type Problem, problem, type Route } from '../../core';
import { checkUri } from './uri-check';
import { narrowRule } from './uri-match';
import { leadsToPods } from './subsets';
import { changedHeaders, COOKIE, type HttpRoute, type VirtualService } from './virtual-service';

/** R12: what a base VirtualService leaves no room for. */
export function checkVirtualService(base: VirtualService, route: Route): Problem[] {
  const rules = (base.spec.http ?? []).filter(({ route: to = [] }) => to.some((one) => leadsToPods(one, route, base)));
  const changed = rules.flatMap((rule) => [rule, ...(rule.route ?? [])].flatMap(changedHeaders));
  const { set = [], add = [], remove = [] } = route.requestHeaderModifier ?? {};
  const changes = [...set.map(({ name }) => name), ...add.map(({ name }) => name), ...remove];
  return [
    ...(route.matches ?? []).flatMap((match) => [
      ...(match.path ? checkUri(rules, match.path) : []),
      ...taken(
        'spec.http.match',
        conditionNames(match),
        rules.flatMap((rule) => conditionsOf(rule, match)),
        { what: 'match on', fix: match.cookies?.length ? 'match on a header instead of a cookie' : 'match on others' },
      ),
    ]),
    ...taken(
      'spec.http.headers',
      changes.map((name) => name.toLowerCase()),
      changed,
      { what: 'change', fix: 'change others, or leave these to the base' },
    ),
  ];
}

/** Names that the base's rule uses already: a second condition or change under a name replaces the first. */
function conditionsOf(rule: HttpRoute, { path }: Match): string[] {
  return narrowRule(rule, path).flatMap(({ before: { headers, withoutHeaders, queryParams } }) => [
    ...[...Object.keys(headers ?? {}), ...Object.keys(withoutHeaders ?? {})].map(
      (name) => `header ${name.toLowerCase()}`,
    ),
    ...Object.keys(queryParams ?? {}).map((name) => `query parameter ${name}`),
  ]);
}

/** A cookie is a condition on the header of all cookies. */
function conditionNames({ headers = [], queryParams = [], cookies = [] }: Match): string[] {
  return [
    ...headers.map(({ name }) => `header ${name.toLowerCase()}`),
    ...cookies.map(() => `header ${COOKIE}`),
    ...queryParams.map(({ name }) => `query parameter ${name}`),
  ];
}

function taken(
  path: string,
  names: readonly string[],
  others: readonly string[],
  { what, fix }: { readonly what: string; readonly fix: string },
): Problem[] {
  const twice = names.filter((name, i) => others.includes(name) || names.indexOf(name) < i);
  if (twice.length === 0) return [];
  return [problem('base-unsuitable', path, twice, { allowed: `names that the base's rules do not ${what}`, fix })];
}
