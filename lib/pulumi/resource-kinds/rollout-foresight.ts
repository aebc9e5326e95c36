import { foresee, foreseenWarnings, type RolloutRecord } from '../../cluster';
import { formatRelease, revisionOf, strayAborts } from '../../core';
import type { Session, WithName } from '../lifecycle/resource-kind';
import { type DeclaredRollout, missingSince, type InCluster, type RolloutInputs } from '../state';
import { refuseTakeover } from './adoption';
import { directIsApproved, givenAborts, givenAgain, givenApprovals, onUpApproval } from './approvals';
import { damagedSince, damageTo } from './damage';
import { leavingReplicas } from './replicas-ignored';
import { planOf } from './rollout-plan';
import { requestOf } from './rollout-request';

/** Where the next update ends and what it does, from the ledger in the cluster. */
export async function foreseeRollout(
  { engine, host }: Session,
  news: WithName<DeclaredRollout> & InCluster,
  olds: Partial<RolloutInputs>,
  changed: boolean,
): Promise<RolloutInputs> {
  const { name, workload } = news;
  const revision = revisionOf(workload.spec.template);
  const given = givenApprovals(host, name);
  const aborts = givenAborts(host, name);
  const again = givenAgain(host, name);
  const declared = {
    ...news,
    approve: given,
    ...(aborts.length > 0 && { abort: aborts }),
    ...(again.length > 0 && { again }),
    ...(directIsApproved(host, name, revision) && { direct: true }),
  };
  const asked = await leavingReplicas(engine, declared);
  const passed: string[] = [];
  const approve = (record: RolloutRecord) => {
    passed.push(...onUpApproval(news, olds, name, record));
    return passed;
  };
  const foresight = await foresee(engine, requestOf(asked), { approve, changed });
  const { outcome, record } = foresight;
  const strays = record ? strayAborts(aborts, record.ledger) : [];
  for (const text of strays) {
    const which = formatRelease({ ...record!.ledger.release!, rollout: name });
    host.log({
      text: `${name}: the abort of ${text} is not of the release under way, ${which}`,
      urn: news.reportAs,
      warning: true,
    });
  }
  if (record && olds.name === undefined) await refuseTakeover(engine, news);
  const { stage, gate } = outcome;
  // What the program itself changes is nobody else's doing.
  const applied = await leavingReplicas(engine, { ...declared, ...olds, name, namespace: news.namespace });
  // The way back makes nothing anew.
  const goesBack = foresight.walk[0]?.id.startsWith('abort/') ?? false;
  const damage = record && !goesBack ? await damageTo(engine, applied, record) : [];
  // What is asked for again is another plan at the same version.
  const version = [record?.resourceVersion ?? missingSince(olds), ...again].join(' again ');
  const warnings = await foreseenWarnings(engine, requestOf(asked), foresight);
  const approvals = [...given, ...passed];
  return {
    ...declared,
    approve: approvals.length > 0 ? approvals : undefined,
    revision,
    stage,
    gate: gate?.approval ?? '',
    plan: [...damage.map((what) => `${name}: puts right: ${what}`), ...(await planOf(engine, asked, foresight))],
    warnings: warnings.length > 0 ? warnings : undefined,
    plannedAt: damage.length > 0 ? await damagedSince(engine, news, version) : version,
  };
}
