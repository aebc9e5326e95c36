import type { dynamic } from '@pulumi/pulumi';
import { foresee, foreseenWarnings } from '../cluster';
import { checkRollout, GraylaneError, problem, refuse, revisionOf } from '../core';
import { directIsApproved, givenApprovals, onUpApproval } from './approvals';
import { failuresOf, isSilence } from './failures';
import { planOf, possibleOutcomes } from './plan';
import { requestOf, specOf } from './rollout-request';
import { type DeclaredRollout, isUnknown, missingSince, type RolloutInputs, UNKNOWN } from './state';
import { engineFor, type Surroundings } from './surroundings';
import { messageOf } from './wording';

type Named = DeclaredRollout & { readonly name: string };

/**
 * What the next update does, from the ledger in the cluster: Pulumi calls this in the preview, and again in the update.
 * What cannot be told is left unknown, and so counts as a change; what is wrong by itself fails here.
 */
export async function checkRolloutInputs(
  around: Surroundings,
  olds: Partial<RolloutInputs>,
  { secretWorkload, ...declared }: DeclaredRollout,
): Promise<dynamic.CheckResult> {
  // A rename with an alias is one of the resource: the rollout in the cluster keeps its name.
  const news = { ...declared, name: declared.name ?? olds.name ?? declared.resource };
  try {
    checkSecrets({ secretWorkload });
    if (isUnknown({ ...news, reportAs: undefined })) return { inputs: await unforeseen(around, news) };
    checkWorkload(olds, news);
    return { inputs: await foreseen(around, olds, news) };
  } catch (error) {
    if (isSilence(error)) return { inputs: unheard(olds, news, messageOf(error)) };
    return { inputs: news, failures: failuresOf(error, `rollout ${news.name}: `) };
  }
}

async function foreseen(around: Surroundings, olds: Partial<RolloutInputs>, news: Named): Promise<object> {
  const { name, workload } = news;
  const engine = await engineFor(around, news);
  const namespace = workload.metadata.namespace ?? engine.namespace;
  const revision = revisionOf(workload.spec.template);
  const given = { ...news, namespace, approve: givenApprovals(around, name) };
  const declared = { ...given, ...(directIsApproved(around, name, revision) && { direct: true }) };
  refuse(checkRollout(specOf(declared)));
  const passed: string[] = [];
  const foresight = await foresee(engine, requestOf(declared), (record) => {
    passed.push(...onUpApproval(news, olds, name, record));
    return passed;
  });
  const { stage, gate } = foresight.outcome;
  const approve = [...declared.approve, ...passed];
  const warnings = await foreseenWarnings(engine, requestOf(declared), foresight);
  return {
    ...declared,
    approve: approve.length > 0 ? approve : undefined,
    cluster: engine.api.server,
    revision,
    stage,
    gate: gate?.approval,
    plan: await planOf(engine, declared, foresight),
    warnings: warnings.length > 0 ? warnings : undefined,
    plannedAt: foresight.record?.resourceVersion ?? missingSince(olds),
  };
}

async function unforeseen(around: Surroundings, news: Named): Promise<object> {
  return { ...news, ...unknown(await possibleOutcomes(around, news)) };
}

/** In an update nothing may be unknown any more: what was known of it has to do, and the plan says that it is none. */
function unheard(
  { namespace, cluster, revision, stage, gate }: Partial<RolloutInputs>,
  news: Named,
  why: string,
): object {
  const plan = [`${news.name}: what it does is not known: ${why}`];
  return { ...news, namespace, cluster, revision, stage, gate, plan };
}

function unknown(plan: readonly string[]) {
  return { namespace: UNKNOWN, cluster: UNKNOWN, revision: UNKNOWN, stage: UNKNOWN, gate: UNKNOWN, plan };
}

/** R16: the release keeps the pod template where everybody can read it who can read the Deployment. */
export function checkSecrets({ secretWorkload }: Pick<DeclaredRollout, 'secretWorkload'>): void {
  if (secretWorkload) refuse([problem('workload-secret', 'workload', 'a Pulumi secret')]);
}

/** @throws GraylaneError for a workload that is none, or that is not the one of before */
export function checkWorkload(
  olds: Partial<RolloutInputs>,
  { workload, name }: Pick<Named, 'workload' | 'name'>,
): void {
  const { apiVersion = 'apps/v1', kind = 'Deployment', metadata, spec } = workload;
  const given = `${apiVersion} ${kind}`;
  if (given !== 'apps/v1 Deployment') refuse([problem('workload-kind', 'workload.kind', given)]);
  if (!metadata?.name) refuse([problem('workload-missing', 'workload.metadata.name', undefined)]);
  if (!spec?.template) refuse([problem('field-missing', 'workload.spec.template', undefined)]);
  const before = olds.name === name ? olds.workload?.metadata.name : undefined;
  if (before !== undefined && before !== metadata.name) {
    throw new GraylaneError(problem('workload-renamed', 'workload.metadata.name', metadata.name, { allowed: before }));
  }
}
