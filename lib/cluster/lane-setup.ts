import { type LaneSpec, type Manifest, type Routing, setUp } from '../core';
import { type LaneKey, readLane, withLane, writeLane } from './lane';
import { laneKey } from './routes';
import { refName, refOf } from './port';
import { type Run, tell, tellChange } from './run';

/**
 * Registers the lane of a rollout, and gives its bases what a lane by subset needs from the beginning. A base that lacks
 * it in mid-release is left alone: the annotation changes where everybody's requests go.
 */
export async function setUpLane(run: Run): Promise<void> {
  const { routing } = run.member;
  if (routing?.lane === undefined) return;
  const key = laneKey(run, routing);
  const record = await readLane(run.engine.api, key);
  const known = record && sameLane(record.spec, routing.lane);
  const lacking = lackingBases(routing);
  if (known && lacking.length === 0) return;
  await withLane(run, key, () => register(run, key, routing));
}

async function register(run: Run, key: LaneKey, routing: Routing): Promise<void> {
  const { api } = run.engine;
  const record = await readLane(api, key);
  const holders = record?.holders ?? [];
  if (!record || !sameLane(record.spec, routing.lane!)) {
    await writeLane(api, key, { ...record, spec: routing.lane!, holders });
    tell(run, { is: 'changed', verb: record ? 'updated' : 'created', object: `lane ${key.namespace}/${key.name}` });
  }
  for (const { object, patch } of lackingBases(routing)) {
    if (holders.length > 0) {
      tell(run, {
        is: 'warning',
        what: `${refName(refOf(object))} lacks ${Object.keys(patch).join(', ')} while the lane is held`,
      });
      continue;
    }
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

function sameLane(a: LaneSpec, b: LaneSpec): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
