import { GraylaneError, type Problem, problem } from '../errors';
import { defined } from '../manifests/manifest';
import type { Ledger, Release } from './ledger';
import { stepName } from './stage-id';

/** A release as texts name it: `rollout-a#12-5f0c1e9ab3d2`, with its number for people and its id for certainty. */
export interface NamedRelease {
  readonly rollout: string;
  readonly number: number;
  /** @default - a text of earlier versions had the number alone, which comes back when the rollout is made anew */
  readonly id?: string;
}

/** Lets one release pass one gate, in the one form for environment, configuration, commands and messages. */
export interface GateApproval extends NamedRelease {
  readonly step: number;
}

/** The release and the rest of `RELEASE/PLACE`; undefined for another text. */
export function parsePlace(text: string): { readonly release: NamedRelease; readonly place: string } | undefined {
  const [, rollout, number, id, place] = /^(.+)#(\d+)(?:-([0-9a-f]+))?\/(.+)$/.exec(text.trim()) ?? [];
  if (rollout === undefined || place === undefined) return undefined;
  return { release: { rollout, number: Number(number), ...defined({ id }) }, place };
}

/** @throws GraylaneError approval-invalid */
export function parseApproval(text: string): GateApproval {
  const { release, place = '' } = parsePlace(text) ?? {};
  const [, step] = /^step-(\d+)$/.exec(place) ?? [];
  if (release === undefined || step === undefined)
    throw new GraylaneError(problem('approval-invalid', 'approve', text));
  return { ...release, step: Number(step) };
}

/** The approvals of a list as people write it, or what else is given so: with commas or spaces between them. */
export function approvalTexts(list = ''): string[] {
  return list.split(/[\s,]+/).filter((text) => text !== '');
}

export function formatRelease({ rollout, number, id }: NamedRelease): string {
  return `${rollout}#${number}${id === undefined ? '' : `-${id}`}`;
}

export function formatPlace(release: NamedRelease, place: string): string {
  return `${formatRelease(release)}/${place}`;
}

/** What passes the gate of this step. */
export function formatApproval(rollout: string, { number, id }: Pick<Release, 'number' | 'id'>, step: number): string {
  return formatPlace({ rollout, number, id }, stepName(step));
}

/**
 * The release that is named, by number and id.
 * @param place of the release, for the error
 * @throws GraylaneError release-by-number for a text of earlier versions, with what to write instead
 */
export function identified(named: NamedRelease, place: string, { release }: Ledger): Pick<Release, 'number' | 'id'> {
  const { number, id } = named;
  if (id !== undefined) return { number, id };
  const fix =
    number === release?.number
      ? `write ${formatPlace({ ...named, id: release.id }, place)} if you mean the release that is under way, or take it away`
      : `take it away: release ${number} is not under way. A gate tells what passes it`;
  throw new GraylaneError(problem('release-by-number', 'release', formatPlace(named, place), { fix }));
}

export function isSameRelease(one: Pick<Release, 'number' | 'id'>, other: Release | undefined): boolean {
  return other !== undefined && one.number === other.number && one.id === other.id;
}

/**
 * What is wrong with approvals that are of none of these rollouts: they are misspelt, or left over.
 * @param path what they were given as
 */
export function unmatched(
  approvals: readonly string[],
  rollouts: readonly string[],
  path = 'approve',
  rolloutOf = (text: string) => parsePlace(text)?.release.rollout,
): Problem[] {
  const others = approvals.filter((text) => {
    const rollout = rolloutOf(text);
    return rollout !== undefined && !rollouts.includes(rollout);
  });
  return others.map((text) => problem('approval-unmatched', path, text, { allowed: rollouts.join(', ') }));
}
