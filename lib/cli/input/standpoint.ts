import { InvalidArgumentError } from 'commander';
import { GraylaneError, parseApproval, parsePlace, parseStageId, type StageId, type Standpoint } from '../../core';
import { problem } from '../errors';

/** A standpoint, of one rollout or of whichever is meant. */
export interface NamedStandpoint {
  readonly rollout?: string;
  readonly from: Standpoint;
}

/** `STAGE`, or `RELEASE/STAGE`, as commander collects what `--from` is given. */
export function readFrom(text: string, known: readonly NamedStandpoint[] = []): NamedStandpoint[] {
  const { release, place: stage } = parsePlace(text) ?? { place: text };
  if (parseStageId(stage) === undefined) {
    throw new InvalidArgumentError('It is a stage, such as step-1/canary, or rollout-a#2-5f0c1e9ab3d2/step-1/canary.');
  }
  const at = { stage: stage as StageId };
  const named = release === undefined ? { from: { at } } : { rollout: release.rollout, from: { release, at } };
  return [...known, named];
}

/** The approval that live releases take as well. */
export function readApproval(text: string, known: readonly NamedStandpoint[] = []): NamedStandpoint[] {
  try {
    const { step, ...release } = parseApproval(text);
    return [...known, { rollout: release.rollout, from: { release, at: { gateOf: step } } }];
  } catch {
    throw new InvalidArgumentError('It names rollout, release and step, such as rollout-a#2-5f0c1e9ab3d2/step-1.');
  }
}

/**
 * Where a rollout is to be moved from; undefined for wherever it stands.
 * @throws GraylaneError standpoint-ambiguous
 */
export function standpointOf(name: string, standpoints: readonly NamedStandpoint[]): Standpoint | undefined {
  const [meant, other] = standpoints.filter(({ rollout = name }) => rollout === name);
  if (other === undefined) return meant?.from;
  throw new GraylaneError(
    problem('standpoint-ambiguous', '--from', 'two places to move from', { subject: [`rollout ${name}`] }),
  );
}
