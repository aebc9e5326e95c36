import { type Match, type Problem, problem, type Route } from '../core';
import { changedHeaders, COOKIE, leadsTo, type VirtualService } from './virtual-service';

/** R12: names that the base's rules use already: a second condition or change under a name replaces the first. */
export function checkVirtualService(base: VirtualService, route: Route): Problem[] {
  const rules = (base.spec.http ?? []).filter((rule) => leadsTo(rule, route.service, base));
  const matches = rules.flatMap(({ match = [] }) => match);
  const conditions = matches.flatMap(({ headers, withoutHeaders, queryParams }) => [
    ...[...Object.keys(headers ?? {}), ...Object.keys(withoutHeaders ?? {})].map(
      (name) => `header ${name.toLowerCase()}`,
    ),
    ...Object.keys(queryParams ?? {}).map((name) => `query parameter ${name}`),
  ]);
  const changed = rules.flatMap((rule) => [rule, ...(rule.route ?? [])].flatMap(changedHeaders));
  const { set = [], add = [], remove = [] } = route.requestHeaderModifier ?? {};
  const changes = [...set.map(({ name }) => name), ...add.map(({ name }) => name), ...remove];
  return [
    ...(route.matches ?? []).flatMap((match) =>
      taken('spec.http.match', conditionNames(match), conditions, 'match on'),
    ),
    ...taken(
      'spec.http.headers',
      changes.map((name) => name.toLowerCase()),
      changed,
      'change',
    ),
  ];
}

/** A cookie is a condition on the header of all cookies. */
function conditionNames({ headers = [], queryParams = [], cookies = [] }: Match): string[] {
  return [
    ...headers.map(({ name }) => `header ${name.toLowerCase()}`),
    ...cookies.map(() => `header ${COOKIE}`),
    ...queryParams.map(({ name }) => `query parameter ${name}`),
  ];
}

function taken(path: string, names: readonly string[], others: readonly string[], what: string): Problem[] {
  const twice = names.filter((name, i) => others.includes(name) || names.indexOf(name) < i);
  if (twice.length === 0) return [];
  const details = {
    allowed: `names that the base's rules do not ${what}`,
    fix: 'use other names, or leave these to the base',
  };
  return [problem('base-unsuitable', path, twice, details)];
}
