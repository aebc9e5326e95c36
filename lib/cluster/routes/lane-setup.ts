import { defined, type LaneSpec, type Manifest, type Routing, sameJson, setUp } from '../../core';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { knownLane } from './known-lane';
import { type LaneKey, type LaneRecord, livingHolders, readLane, withLane, writeLane } from './lane';
import { observeLane } from './observe';
import { laneKey } from './routes';
import { refName, refOf } from '../port/port';
import { isUnreadable } from '../records/rollout-record';
import { type Run, tell, tellChange } from '../run/run';

/** Who changes a lane, for reports; a rollout, or whoever declares the lane by itself. */
type Changer = Pick<Run, 'engine' | 'key'>;

/**
 * Registers the lane of a rollout, and gives its bases what a lane by subset needs from the beginning. A base that lacks
 * it in mid-release is left alone: the annotation changes where everybody's requests go.
 */
export async function setUpLane(run: Run): Promise<void> {
  const { routing } = run.member;
  if (routing?.lane === undefined) return;
  const key = laneKey(run, routing);
  const record = await readable(() => readLane(run.engine.api, key));
  const known = record && sameJson(record.spec, routing.lane);
  const lacking = lackingBases(routing);
  if (known && lacking.length === 0) return;
  await withLane(run, key, (held) => register(held, key, routing));
}

/** What is stored; undefined where somebody has damaged it, too. */
async function readable<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}

/**
 * Registers a lane by itself, for rollouts that are declared elsewhere.
 * @param declarer who declares it, so that only he removes it, and where
 * @throws GraylaneError for wrong input; EngineError lane-held for a lane that would change under its holders
 */
export async function registerLane(
  engine: Engine,
  lane: LaneSpec & { readonly namespace: string },
  declarer: Required<Pick<LaneRecord, 'owner'>> & Pick<LaneRecord, 'ownedIn'>,
): Promise<void> {
  const key = { name: lane.name, namespace: lane.namespace };
  const routing = await observeLane(engine, lane);
  await withLane({ engine, key }, key, async (held) => {
    const record = await knownLane(held.engine, key, lane);
    if (!sameJson(record.spec, lane)) {
      const holders = await livingHolders(engine, record.holders);
      if (holders.length > 0) throw heldLane(key, holders);
    }
    await register(held, key, routing, declarer);
  });
}

/** A lane that is held stays as it is. */
export function heldLane(key: LaneKey, holders: readonly { namespace: string; rollout: string }[]): EngineError {
  const what = `held by ${holders.map(({ namespace, rollout }) => `${namespace}/${rollout}`).join(', ')}`;
  return new EngineError('lane-held', `lane ${key.namespace}/${key.name}`, what);
}

async function register(
  run: Changer,
  key: LaneKey,
  routing: Routing,
  declarer?: Pick<LaneRecord, 'owner' | 'ownedIn'>,
): Promise<void> {
  const { api } = run.engine;
  const stored = await readable(() => readLane(api, key));
  const record = stored ?? (await knownLane(run.engine, key, routing.lane!));
  const { holders } = record;
  const { owner, ownedIn } = declarer ?? record;
  const wanted = defined({ ...record, spec: routing.lane!, owner, ownedIn });
  if (!stored || !sameJson(wanted, defined({ ...stored }))) {
    await writeLane(api, key, wanted);
    const verb = record.resourceVersion === undefined ? 'created' : 'updated';
    tell(run, { is: 'changed', verb, object: `lane ${key.namespace}/${key.name}` });
  }
  for (const { object, patch } of lackingBases(routing)) {
    if (holders.length > 0) {
      tell(run, {
        is: 'warning',
        what: `${refName(refOf(object))} lacks ${Object.keys(patch).join(', ')} while the lane is held`,
      });
      continue;
    }
    if ((await api.get(refOf(object))) === undefined) continue;
    const named = refManifest(object);
    await api.apply({ ...named, metadata: { ...named.metadata, annotations: patch } });
    tellChange(run, 'updated', refOf(object));
  }
}

/** The bases of a lane that lack annotations, with those. */
function lackingBases(routing: Routing) {
  return routing.bases.flatMap((base) => {
    const set = setUp(base, [routing]);
    if (set === base.object) return [];
    const before = base.object.metadata.annotations ?? {};
    const patch = Object.fromEntries(
      Object.entries(set.metadata.annotations ?? {}).filter(([key]) => before[key] === undefined),
    );
    return [{ object: base.object, patch }];
  });
}

function refManifest({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Manifest {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}
