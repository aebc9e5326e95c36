import {
  canaryReplicas,
  type LabelSelector,
  matchesSelector,
  type Member,
  objectName,
  type PodTemplate,
  references,
  type StringMap,
  templatesOf,
  workloadObjects,
  type Ledger,
  stages,
} from '../../core';
import { unlessForbidden } from '../objects/foreign';
import { kinds } from '../port/kinds';
import type { Live } from '../port/port';
import { type LiveDeployment, type Run, tell } from '../run/run';

/** What a release is about to do, for the checks. */
interface Prospect {
  readonly run: Run;
  readonly member: Member;
  readonly stable: PodTemplate;
  readonly target: PodTemplate;
  readonly stableReplicas: number;
  /** Most replicas that the canary will have. */
  readonly canaryReplicas: number;
  /** Labels of canary pods. */
  readonly canaryLabels: StringMap;
}

type Check = (prospect: Prospect) => string[] | Promise<string[]>;

/**
 * Looks, before a release begins, at what will go wrong in it, and warns: nothing here is known to fail.
 * @param ledger with the release that is about to begin
 */
export async function warnBefore(run: Run, ledger: Ledger, live: LiveDeployment): Promise<void> {
  const prospect = prospectOf(run, ledger, live);
  for (const check of checks) {
    for (const what of await unlessForbidden(() => check(prospect))) tell(run, { is: 'warning', what });
  }
}

/** What is checked, one concern each. */
const checks: readonly Check[] = [missingReferences, autoscalers, disruptionBudgets, networkPolicies, lostRequests];

/** R13: what stable needs must not go before stable is promoted. */
function missingReferences({ stable, target }: Prospect): string[] {
  const kept = references(target);
  return references(stable)
    .filter((reference) => !kept.includes(reference))
    .map(
      (reference) =>
        `${reference} is used by stable and no longer by the new revision: keep it until the release is over ` +
        '(its stable pods could not start again)',
    );
}

async function autoscalers(prospect: Prospect): Promise<string[]> {
  const { run, member, stableReplicas, canaryReplicas: canary } = prospect;
  const name = member.deployment.metadata.name!;
  const all = await run.engine.api.list(kinds.autoscaler, { namespace: run.key.namespace });
  const own = all.filter(({ spec }) => {
    const { scaleTargetRef: ref } = spec as { scaleTargetRef?: { kind?: string; name?: string } };
    return ref?.kind === 'Deployment' && ref.name === name;
  });
  return own.flatMap((live) => [
    ...(member.deployment.spec.replicas === undefined
      ? []
      : [
          `${objectName(live)} scales stable, but spec.replicas is declared: each run sets it back. Leave replicas out`,
        ]),
    ...(member.separation.by === 'apart'
      ? []
      : [
          `${objectName(live)} averages the load over ${stableReplicas} stable and up to ${canary} canary pods, and scales stable only`,
        ]),
  ]);
}

async function disruptionBudgets(prospect: Prospect): Promise<string[]> {
  const { run, member, stableReplicas, canaryReplicas: canary, canaryLabels } = prospect;
  if (member.separation.by === 'apart') return [];
  const all = await run.engine.api.list(kinds.disruptionBudget, { namespace: run.key.namespace });
  return all
    .filter(({ spec }) => matchesSelector((spec as { selector?: LabelSelector }).selector, canaryLabels))
    .map(
      (live) =>
        `${objectName(live)} counts canary pods too: of ${stableReplicas} stable pods ${Math.min(canary, stableReplicas)} ` +
        'more than before may be evicted',
    );
}

async function networkPolicies({ run, stable, canaryLabels }: Prospect): Promise<string[]> {
  const all = await run.engine.api.list(kinds.networkPolicy, { namespace: run.key.namespace });
  const covers = (live: Live, labels: StringMap) =>
    matchesSelector((live.spec as { podSelector?: LabelSelector }).podSelector, labels);
  return all
    .filter((live) => covers(live, stable.metadata?.labels ?? {}) && !covers(live, canaryLabels))
    .map((live) => `${objectName(live)} covers stable pods but not those of the canary`);
}

interface Container {
  readonly name?: string;
  readonly ports?: readonly unknown[];
  readonly readinessProbe?: unknown;
  readonly lifecycle?: { readonly preStop?: unknown };
}

/** What in the template makes a rolling update lose requests; measured, see the documentation. */
function lostRequests({ target, member }: Prospect): string[] {
  const { containers = [] } = (target.spec ?? {}) as { containers?: readonly Container[] };
  if (member.services.length === 0) return [];
  const serving = containers.length === 1 ? containers : containers.filter(({ ports }) => ports?.length);
  const names = (all: readonly Container[]) => all.map(({ name }) => name).join(', ');
  const unprobed = serving.filter(({ readinessProbe }) => readinessProbe === undefined);
  const hasty = serving.filter(({ lifecycle }) => lifecycle?.preStop === undefined);
  return [
    ...(unprobed.length > 0
      ? [`container ${names(unprobed)} has no readinessProbe: requests reach its pods before they can answer`]
      : []),
    ...(hasty.length > 0
      ? [
          `container ${names(hasty)} has no lifecycle.preStop: its pods stop while requests are still sent to them; a sleep of a second or more helps`,
        ]
      : []),
  ];
}

function prospectOf(run: Run, ledger: Ledger, live: LiveDeployment): Prospect {
  const { member } = run;
  const templates = templatesOf(ledger);
  const stableReplicas = live.spec.replicas ?? 1;
  const { steps } = member.spec;
  const last = stages(member.plan)
    .filter(({ canary }) => canary > 0)
    .at(-1)!;
  const facts = { stableReplicas };
  const { canary } = workloadObjects(member, { stage: last, templates, facts });
  return {
    run,
    member,
    ...templates,
    stableReplicas,
    canaryReplicas: canaryReplicas(steps, steps.length, facts),
    canaryLabels: canary!.spec.template.metadata?.labels ?? {},
  };
}
