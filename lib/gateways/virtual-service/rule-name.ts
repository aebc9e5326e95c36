import type { PathMatch, Route, RouteOwner } from '../core';
import type { HttpRoute } from './virtual-service';

/**
 * `graylane/lane/beta/a/1`: the owner, the Service whose requests it takes, and which of the route's rules it is; behind
 * that the path of its match, as in `graylane/lane/beta/a/1/PathPrefix/orders`: the rule's own may be narrower.
 */
const OURS = 'graylane/';
/** Between the names of shares in one rule. */
export const AND = '+';

/** What a name tells of its rule. */
export interface RuleName {
  readonly owner: RouteOwner;
  readonly service: string;
  readonly part: string;
  readonly path?: PathMatch;
}

export function nameOf({ owner, service }: Route, part: string, path?: PathMatch): string {
  const ofOwner = 'lane' in owner ? `lane/${owner.lane}` : `rollout/${owner.rollout}`;
  return OURS + [ofOwner, service, part, ...(path ? writePath(path) : [])].join('/');
}

/** The names that one rule bears. */
export function parseNames(name: string): RuleName[] {
  return name.split(AND).map((one) => {
    const [kind, owner, service, part, type, ...rest] = one.slice(OURS.length).split('/') as [
      string,
      string,
      string,
      string,
      ...string[],
    ];
    const path = readPath(type, rest.join('/'));
    return { owner: kind === 'lane' ? { lane: owner } : { rollout: owner }, service, part, ...(path && { path }) };
  });
}

export function isNamedByUs({ name }: HttpRoute): boolean {
  return name?.startsWith(OURS) ?? false;
}

/** An expression need not begin with the slash that joins it to the name. */
function writePath({ type, value }: PathMatch): string[] {
  const written = encodeURI(value).replaceAll(AND, encodeURIComponent(AND));
  return [type, type === 'RegularExpression' ? written : written.slice(1)];
}

function readPath(type: string | undefined, written: string): PathMatch | undefined {
  if (type === undefined) return undefined;
  const value = decodeURIComponent(written);
  return { type: type as PathMatch['type'], value: type === 'RegularExpression' ? value : `/${value}` };
}
