import {
  canaryName,
  isOurs,
  LANE_LABEL,
  notedOwner,
  ROLLOUT_LABEL,
  sameOwner,
  shorten,
  type StringMap,
} from '../../core';
import { isApplied } from '../objects/ownership';
import { kinds } from '../port/kinds';
import { type Live, refOf } from '../port/port';
import { listBeside } from '../routes/routes';
import { rolloutLabel, type Run, tellChange } from '../run/run';

/**
 * Everything of ours is found by its label, and somebody may have taken that off: what we have applied under a name of
 * this rollout, or for a route of its routing, gets it back. What others have made stays theirs (R10).
 */
export async function reclaim(run: Run): Promise<void> {
  for (const [live, labels] of [...(await workloadsOf(run)), ...(await routesOf(run))]) {
    if (isOurs(live) || !isApplied(live)) continue;
    const { resourceVersion } = live.metadata;
    await run.engine.api.patch(refOf(live), { metadata: { resourceVersion, labels } });
    tellChange(run, 'updated', refOf(live));
  }
}

type Labelled = readonly [Live, StringMap];

/** Outside of a release there are none. */
async function workloadsOf(run: Run): Promise<Labelled[]> {
  const { engine, member, record, key } = run;
  if (record.ledger.release === undefined) return [];
  const { namespace } = key;
  const names = [
    { ...kinds.deployment, name: canaryName(member.deployment.metadata.name!), namespace },
    ...member.served.map(({ metadata }) => ({ ...kinds.service, name: canaryName(metadata.name!), namespace })),
  ];
  const found = await Promise.all(names.map((ref) => engine.api.get(ref)));
  return found.flatMap((live) => (live ? [[live, rolloutLabel(key)] as const] : []));
}

/** A lane is held by others, too. */
async function routesOf(run: Run): Promise<Labelled[]> {
  const { routing } = run.member;
  if (routing === undefined || (!routing.lane && run.record.ledger.release === undefined)) return [];
  const { owner } = routing;
  const labels: StringMap =
    'lane' in owner ? { [LANE_LABEL]: shorten(owner.lane) } : { [ROLLOUT_LABEL]: shorten(owner.rollout) };
  const around = await listBeside(run);
  return around.flatMap((live) => {
    const noted = notedOwner(live);
    return noted && sameOwner(noted, owner) ? [[live, labels] as const] : [];
  });
}
