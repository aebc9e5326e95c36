import { GraylaneError, type Problem, problem } from '../errors';
import { defined } from '../manifests/manifest';
import { formatRelease, isSameRelease, type NamedRelease, unmatched } from './approval';
import type { Ledger } from './ledger';

/** Asks for the way back of one release, whatever is declared: `rollout-a#12-5f0c1e9ab3d2`. */
export type NamedAbort = Pick<NamedRelease, 'rollout' | 'id'> & Partial<Pick<NamedRelease, 'number'>>;

/** @throws GraylaneError abort-invalid */
export function parseAbort(text: string): NamedAbort {
  const [, rollout, number, id] = /^([^\s#/]+)(?:#(\d+)(?:-([0-9a-f]+))?)?$/.exec(text) ?? [];
  if (rollout === undefined) throw new GraylaneError(problem('abort-invalid', 'abort', text));
  return { rollout, ...defined({ number: number === undefined ? undefined : Number(number), id }) };
}

/**
 * What they make of a rollout: `back` where one names the release under way; `stay` where one names the last release, which
 * went back, so that what it went back from does not begin anew by itself; nothing by those of other releases.
 */
export function abortOf(
  aborts: readonly NamedAbort[],
  { release, releases, aborted }: Ledger,
): 'back' | 'stay' | undefined {
  const named = aborts.flatMap(({ number, id }) => (number === undefined || id === undefined ? [] : [{ number, id }]));
  if (release) return named.some((one) => isSameRelease(one, release)) ? 'back' : undefined;
  return aborted !== undefined && named.some(({ number }) => number === releases) ? 'stay' : undefined;
}

/** Those that do not abort the release that is under way: they are left over, or it has another id by now. */
export function strayAborts(aborts: readonly string[], { release }: Ledger): string[] {
  if (release === undefined) return [];
  return aborts.filter((text) => {
    const { number, id } = parseAbort(text);
    return id !== undefined && (number !== release.number || id !== release.id);
  });
}

/**
 * One that names its release not for certain would abort each later release, too.
 * @throws GraylaneError abort-unnamed, with what to write instead
 */
export function refuseUnnamed(aborts: readonly NamedAbort[], { release }: Ledger): void {
  for (const { rollout, number, id } of aborts) {
    if (id !== undefined) continue;
    const given = number === undefined ? rollout : formatRelease({ rollout, number });
    const fix = release
      ? `write ${formatRelease({ ...release, rollout })} if you mean the release that is under way, or take it away`
      : 'take it away: no release is under way';
    throw new GraylaneError(problem('abort-unnamed', 'abort', given, { fix }));
  }
}

/** What is wrong with aborts that are of none of these rollouts. */
export function unmatchedAborts(aborts: readonly string[], rollouts: readonly string[]): Problem[] {
  return unmatched(aborts, rollouts, 'abort', (text) => parseAbort(text).rollout);
}
