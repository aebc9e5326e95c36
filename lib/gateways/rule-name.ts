import type { Route, RouteOwner } from '../core';
import type { HttpRoute } from './virtual-service';

/** `graylane/lane/beta/a/1`: the owner, the Service whose requests it takes, and which of the route's rules it is. */
const OURS = 'graylane/';
/** Between the names of shares in one rule. */
export const AND = '+';

/** What a name tells of its rule. */
export interface RuleName {
  readonly owner: RouteOwner;
  readonly service: string;
  readonly part: string;
}

export function nameOf({ owner, service }: Route, part: string): string {
  return OURS + ['lane' in owner ? `lane/${owner.lane}` : `rollout/${owner.rollout}`, service, part].join('/');
}

/** The names that one rule bears. */
export function parseNames(name: string): RuleName[] {
  return name.split(AND).map((one) => {
    const [kind, owner, service, part] = one.slice(OURS.length).split('/') as [string, string, string, string];
    return { owner: kind === 'lane' ? { lane: owner } : { rollout: owner }, service, part };
  });
}

export function isNamedByUs({ name }: HttpRoute): boolean {
  return name?.startsWith(OURS) ?? false;
}
