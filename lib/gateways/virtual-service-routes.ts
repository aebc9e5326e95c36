import { defined, type PathMatch, type Route } from '../core';
import { isNamedByUs, parseNames, type RuleName } from './rule-name';
import { shareOf } from './shares';
import { narrowRule } from './uri-match';
import {
  beyond,
  type Destination,
  type HttpMatch,
  type HttpRoute,
  isHostOf,
  modifierBeyond,
  targetOf,
  type VirtualService,
} from './virtual-service';

/** The first rule of each name tells what all of that name say; the base's follows it. */
export function readRules(base: VirtualService): Route[] {
  const { http = [] } = base.spec;
  const routes = new Map<string, Route>();
  const seen = new Set<string>();
  http.forEach((rule, i) => {
    if (!isNamedByUs(rule) || seen.has(rule.name!)) return;
    seen.add(rule.name!);
    const before = http.slice(i).find((next) => !isNamedByUs(next));
    for (const name of parseNames(rule.name!)) {
      const from = before?.route?.find(({ destination }) => isHostOf(destination.host, name.service, base));
      // Left behind by somebody who has taken the rule away that it copies: it is no route of this base any more.
      if (from === undefined) continue;
      const key = `${JSON.stringify(name.owner)} ${name.service}`;
      const known = routes.get(key);
      const read = readRule(rule, before!, from, name, base);
      const matches = [...(known?.matches ?? []), ...(read.matches ?? [])];
      routes.set(key, { ...known, ...read, ...(matches.length > 0 && { matches }) });
    }
  });
  return [...routes.values()];
}

function readRule(
  rule: HttpRoute,
  before: HttpRoute,
  from: Destination,
  { owner, service, part, path }: RuleName,
  base: VirtualService,
): Route {
  const place = rule.route!.findIndex(({ destination }) => isHostOf(destination.host, service, base));
  const share = part === 'weight';
  const at = share ? place + 1 : before.route!.indexOf(from);
  const to = rule.route![at]!;
  const requestHeaderModifier = modifierBeyond(to, from);
  return {
    owner,
    service,
    to: targetOf(to, service),
    ...(requestHeaderModifier && { requestHeaderModifier }),
    ...(share
      ? { weight: shareOf({ rest: rule.route![place]!.weight!, part: to.weight! }) }
      : { matches: [defined({ path, ...beyond(rule.match![0]!, copiedOf(before, path)) })] }),
  };
}

/** The match of the base's rule of which ours is a copy; where that has changed since, there may be none. */
function copiedOf(rule: HttpRoute, path: PathMatch | undefined): HttpMatch {
  return narrowRule(rule, path)[0]?.before ?? {};
}
