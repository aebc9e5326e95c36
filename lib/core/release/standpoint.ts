import { GraylaneError, problem } from '../errors';
import type { Ledger } from './ledger';
import { identified, isSameRelease, type NamedRelease } from './approval';
import { formatStageId, parseStageId, type StageId, stepName } from './stage-id';
import { currentStage, type RolloutPlan, stagesOf } from './transition';

/** Where a ledger stands when it is to be moved: whoever moves it twice moves it once. */
export interface Standpoint {
  /** @default - the one under way */
  readonly release?: NamedRelease;
  /** `start` where no release is under way; the gate of a step by its step. */
  readonly at: { readonly stage: StageId } | { readonly gateOf: number };
}

/**
 * Whether the ledger is further on than that. A release on its way back has passed every stage of the way there, and one
 * that is not under way any more, or nowhere near, has passed them all.
 * @throws GraylaneError stage-ahead where it has not come as far, release-by-number
 */
export function hasPassed(ledger: Ledger, { release: named, at }: Standpoint, plan: RolloutPlan): boolean {
  const { release, releases } = ledger;
  const meant = named && identified(named, 'stage' in at ? at.stage : stepName(at.gateOf), ledger);
  if (meant !== undefined && meant.number > releases) {
    throw ahead(`release ${meant.number}`, `${releases} releases so far`);
  }
  if ('stage' in at && at.stage === 'start') return release !== undefined;
  if (release === undefined || (meant !== undefined && !isSameRelease(meant, release))) return true;
  const current = currentStage(ledger, plan);
  const list = stagesOf(release, plan);
  const isMeant =
    'stage' in at
      ? ({ id }: typeof current) => id === at.stage
      : ({ gate }: typeof current) => gate?.step === at.gateOf;
  if (isMeant(current)) return false;
  const wanted = list.findIndex(isMeant);
  const isLater = wanted > list.findIndex(({ id }) => id === current.id);
  const isBack = 'stage' in at && parseStageId(at.stage)?.phase === 'abort' && release.abortedAt === undefined;
  if (isLater || isBack)
    throw ahead('stage' in at ? at.stage : `the gate of ${stepName(at.gateOf)}`, formatStageId(current.at));
  return true;
}

function ahead(wanted: string, standing: string): GraylaneError {
  return new GraylaneError(
    problem('stage-ahead', 'release', wanted, { allowed: `where the release has been: ${standing}` }),
  );
}
