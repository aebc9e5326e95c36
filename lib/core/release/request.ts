import type { PodTemplate } from '../manifests/manifest';
import { defined } from '../manifests/manifest';
import { revisionOf } from '../manifests/revision';
import type { Ledger, ReleaseApproval } from './ledger';
import { type RolloutPlan, transition } from './transition';

/** What is asked of a rollout. */
export interface ReleaseRequest {
  /** The declared one. */
  readonly template: PodTemplate;
  /** What the app declares of what the template refers to. @default - nobody knows */
  readonly references?: readonly string[];
  /** Those of other releases pass nothing. */
  readonly approvals?: readonly ReleaseApproval[];
  /** The way back, whatever is declared. @default false */
  readonly abort?: boolean;
  /** A release of what the last one went back from. @default never */
  readonly again?: Again;
  /** A plain rolling update to the declared template; with `abort`, the way back. @default false */
  readonly direct?: boolean;
  /** To this step, instead of the next stage. */
  readonly to?: number;
  /** Nothing: only what the ledger says. @default false */
  readonly hold?: boolean;
}

/** After whoever aborted it, or also after a check that was broken: that takes a word of its own. */
export type Again = 'never' | 'after-abort' | 'always';

/** What was seen of a rollout before anything is done about a request. */
export interface ReleaseFacts {
  /** For percentages. @default - not known */
  readonly stableReplicas?: number;
  /** What no other ledger has, for the id of a release that begins. @default - ids of other ledgers may be the same */
  readonly seed?: string;
  /** What stable runs while no release is under way. @default - what the ledger says */
  readonly stable?: 'as-the-ledger-says' | 'as-declared' | 'nothing';
  /** Stable was once seen rolled out at the ledger's revision. @default true */
  readonly settled?: boolean;
  /** The canary that an open route leads to has no available pod any more. @default false */
  readonly canaryLost?: boolean;
}

/** What a request makes of a ledger. Pure; live runs, previews and the ledger's commands all call it. */
export function requested(ledger: Ledger, request: ReleaseRequest, facts: ReleaseFacts, plan: RolloutPlan): Ledger {
  if (request.hold) return ledger;
  const next = ledger.release ? inRelease(ledger, request, facts, plan) : atRest(ledger, request, facts, plan);
  return (request.approvals ?? []).reduce(
    (approved, one) => transition(approved, { is: 'approved', ...one }, plan),
    next,
  );
}

/** Once a release is over, the walk goes on with what was asked: a third revision has been waiting for its end. */
export function requestedNext(ledger: Ledger, request: ReleaseRequest, facts: ReleaseFacts, plan: RolloutPlan): Ledger {
  return request.hold || request.abort ? ledger : declare(ledger, request, facts, plan);
}

function inRelease(ledger: Ledger, request: ReleaseRequest, facts: ReleaseFacts, plan: RolloutPlan): Ledger {
  if (request.abort) return transition(ledger, { is: 'abort' }, plan);
  if (request.direct) return transition(ledger, { is: 'direct', template: request.template }, plan);
  const declared = declare(ledger, request, facts, plan);
  const found = facts.canaryLost ? transition(declared, { is: 'canary-lost' }, plan) : declared;
  if (request.to === undefined) return found;
  const { stableReplicas } = facts;
  return transition(found, { is: 'to', step: request.to, ...defined({ stableReplicas }) }, plan);
}

function atRest(ledger: Ledger, request: ReleaseRequest, facts: ReleaseFacts, plan: RolloutPlan): Ledger {
  const { stable = 'as-the-ledger-says', settled = true } = facts;
  if (request.abort) return ledger;
  const direct = transition(ledger, { is: 'direct', template: request.template }, plan);
  if (request.direct || stable !== 'as-the-ledger-says') return direct;
  if (revisionOf(request.template) === ledger.stable) return ledger;
  // What never ran needs no canary beside it.
  return settled ? declare(ledger, request, facts, plan) : direct;
}

function declare(
  ledger: Ledger,
  { template, references, again = 'never' }: ReleaseRequest,
  { stableReplicas, seed }: ReleaseFacts,
  plan: RolloutPlan,
): Ledger {
  const isWhatWentBack = ledger.release === undefined && revisionOf(template) === ledger.aborted;
  if (isWhatWentBack && !(again === 'always' || (again === 'after-abort' && ledger.because === undefined)))
    return ledger;
  return transition(ledger, { is: 'declared', template, ...defined({ stableReplicas, seed, references }) }, plan);
}
