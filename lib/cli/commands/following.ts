import { type Engine, follow, type FollowRequest, type Outcome, type Progress, type UpRequest } from '../../cluster';
import { defined } from '../../core';
import type { Teller } from '../terminal/teller';

interface FollowOptions {
  /** How far it walks on by itself. */
  readonly follow?: FollowRequest['until'];
  /** Digest of what it goes on with. */
  readonly declared?: string;
}

/** Each begins when the one before it is at its first gate; from then on all of them stay. */
export async function followAll(
  engine: Engine,
  requests: readonly UpRequest[],
  { follow: until, declared }: FollowOptions,
  tell: Teller,
): Promise<(Outcome | undefined)[]> {
  const staying: Promise<Outcome | undefined>[] = [];
  for (const request of requests) {
    const begun = new Promise<boolean>((resolve) => {
      const run = follow(engine, { ...request, ...defined({ until, declared }) }, () => resolve(true));
      staying.push(run);
      run.then(
        (outcome) => (outcome ? tell.outcome(outcome) : tell.progress(superseded(request))),
        () => resolve(false),
      );
    });
    if (!(await begun)) break;
  }
  const ends = await Promise.allSettled(staying);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return Promise.all(staying);
}

function superseded({ rollout = '' }: UpRequest): Progress {
  const what = 'another run has declared something else since, or removed it: nothing more is done about it here';
  return { rollout, is: 'warning', what };
}
