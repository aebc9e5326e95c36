import type { CheckAbout } from '../checks/kind';
import type { AskedChecks } from '../conditions/condition';
import { defined } from '../manifests/manifest';
import { canaryName } from '../manifests/names';
import type { Ledger } from '../release/ledger';
import { type Plan, type Stage, stepOfRoute } from '../release/stages';
import { currentStage } from '../release/transition';
import { isPicking } from '../specs/check-validation';
import type { Step } from '../specs/spec';
import type { Member } from './topology';

/** Whose requests and pods checks look at; what stays the same through a release, and fits into a record. */
export interface Checked {
  readonly namespace: string;
  readonly workload: string;
  /** Service of stable's pods, where there is one. */
  readonly service?: string;
  /** Service of the canary's pods alone. @default - there is none: pods are told apart by their names */
  readonly canaryService?: string;
  /** The lane sends requests to the canary by what they are, and not by chance. @default false */
  readonly picked?: boolean;
}

export function checkedOf({ deployment, services, served, routing }: Member, namespace: string): Checked {
  const service = (served[0] ?? services[0])?.metadata.name;
  const own = served[0] && canaryName(served[0].metadata.name!);
  const picked = isPicking(routing?.lane) || undefined;
  return { namespace, workload: deployment.metadata.name!, ...defined({ service, canaryService: own, picked }) };
}

/**
 * What is to be asked outside of the cluster where a ledger stands; undefined where nothing is, or the stage to ask about has
 * not settled. In promotion the canary is stable: what it does since then is looked at.
 */
export function askedChecks(ledger: Ledger, plan: Plan, checked: Checked): AskedChecks | undefined {
  const { release } = ledger;
  if (release === undefined) return undefined;
  const stage = currentStage(ledger, plan);
  const promotes = stage.at.phase === 'promote';
  const from = promotes ? release.promotedAt : release.settledAt;
  if (stage.checks === undefined || from === undefined) return undefined;
  const { namespace, workload, service, canaryService } = checked;
  const stable: CheckAbout['stable'] = { deployment: workload, ...defined({ service }) };
  const canary = { deployment: canaryName(workload), ...defined({ service: canaryService }) };
  return {
    list: stage.checks,
    namespace,
    since: Date.parse(from),
    stable,
    canary: promotes ? stable : canary,
    alike: !promotes && !isPicked(stage, { ...plan, steps: release.steps }, checked, release.detour?.kept),
  };
}

/** Whether the route that is open takes requests by what they are. */
function isPicked({ route }: Stage, plan: Plan, { picked = false }: Checked, kept: Step | undefined) {
  if (plan.trafficRoutingRef !== undefined) return picked;
  return isPicking(stepOfRoute(route, plan.steps, kept));
}
