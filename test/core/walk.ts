/** Rollouts that walk by random events, and what a cluster would show at each point. */
import fc from 'fast-check';
import {
  currentStage,
  type Event,
  GraylaneError,
  holdsRoute,
  type Ledger,
  type Manifest,
  type Member,
  newLedger,
  type PodTemplate,
  type RolloutPlan,
  render,
  resolve,
  type Stage,
  type Standing,
  standingOf,
  stages,
  type Step,
  templatesOf,
  transition,
  type Topology,
} from '../../lib/core';
import { type App, template } from './fixtures';

/** What may happen to a rollout; versions and steps are resolved against where it stands. */
export type Happening =
  | { readonly is: 'declared'; readonly version: string }
  | { readonly is: 'settled' }
  | ApprovedByNumber
  | { readonly is: 'passed' }
  | { readonly is: 'abort' }
  | { readonly is: 'canary-lost' }
  | { readonly is: 'to'; readonly step: number }
  | { readonly is: 'edited'; readonly steps: readonly Step[] };

/** An approval, of the release under way if that has this number. */
export interface ApprovedByNumber {
  readonly is: 'approved';
  readonly release: number;
  readonly step: number;
  readonly by?: string;
  readonly at?: string;
}

/** `transition`, with approvals that know their release by its number. */
export function happened(ledger: Ledger, what: Event | ApprovedByNumber, plan: RolloutPlan): Ledger {
  return transition(ledger, isByNumber(what) ? { ...what, release: named(what.release, ledger) } : what, plan);
}

function isByNumber(what: Event | ApprovedByNumber): what is ApprovedByNumber {
  return what.is === 'approved' && typeof what.release === 'number';
}

function named(number: number, { release }: Ledger) {
  return { number, id: release?.number === number ? release.id : 'another' };
}

/** One rollout on its way. */
export interface Walker {
  readonly member: Member;
  readonly ledger: Ledger;
  readonly declared: PodTemplate;
  readonly steps: readonly Step[];
}

/** One change of one rollout, told by what stood before and after. */
export interface Move {
  readonly happening: Happening;
  readonly before: Walker;
  readonly after: Walker;
}

export function happening(steps: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<Happening> {
  const small = fc.integer({ min: 1, max: 5 });
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant({ is: 'settled' as const }) },
    { weight: 4, arbitrary: fc.constant({ is: 'passed' as const }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('v1', 'v2', 'v3').map((version) => ({ is: 'declared' as const, version })),
    },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('approved' as const), release: small, step: small }) },
    { weight: 1, arbitrary: fc.constant({ is: 'abort' as const }) },
    { weight: 1, arbitrary: fc.constant({ is: 'canary-lost' as const }) },
    { weight: 2, arbitrary: small.map((step) => ({ is: 'to' as const, step })) },
    { weight: 1, arbitrary: steps.map((edited) => ({ is: 'edited' as const, steps: edited })) },
  );
}

/** Runs v1 and is steady. */
export function newWalker(member: Member): Walker {
  const declared = template(member.deployment.metadata.name!, 'v1');
  return { member, ledger: newLedger(declared), declared, steps: member.spec.steps };
}

export function stageOf({ ledger, member }: Walker): Stage {
  return currentStage(ledger, member.plan);
}

/** What the open route says, if one is open; in a lane only that it is held. */
export function openRoute(walker: Walker): Step | 'lane' | undefined {
  const { route } = stageOf(walker);
  const { release } = walker.ledger;
  if (!holdsRoute(route)) return undefined;
  if (walker.member.routing?.lane) return 'lane';
  const {
    replicas: _,
    pause: __,
    ...says
  } = typeof route === 'number' ? release!.steps[route - 1]! : release!.detour!.kept!;
  return says as Step;
}

/** Time passes with every event, and never long enough for a timed gate: only `passed` lets it pass. */
const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T01:00:00Z';

/** The rollout after what happened, and what follows from it at once: a target that is declared begins its release. */
export function happen(walker: Walker, what: Happening): Walker {
  const { ledger, member } = walker;
  const name = member.deployment.metadata.name!;
  switch (what.is) {
    case 'declared':
      return declare({ ...walker, declared: template(name, what.version) });
    case 'edited':
      return declare({ ...walker, steps: what.steps });
    case 'passed': {
      const gate = stageOf(walker).gate;
      const { release } = ledger;
      if (!gate || !release) return walker;
      if (gate.pause.duration === undefined) {
        return follow(walker, { is: 'approved', release: release.number, step: gate.step! });
      }
      return release.settledAt === undefined ? walker : follow(walker, { is: 'settled', at: LATER });
    }
    case 'settled':
      return follow(walker, { is: 'settled', at: NOW, canaryReplicas: shownReplicas(walker) });
    case 'to':
      return follow(walker, { ...what, stableReplicas: member.deployment.spec.replicas! });
    case 'approved':
    case 'abort':
    case 'canary-lost':
      return follow(walker, what);
  }
}

/** Events until the rollout is steady; none is left to chance. */
export function finish(walker: Walker): Move[] {
  const moves: Move[] = [];
  for (let at = walker, i = 0; at.ledger.release !== undefined && i < 500; i++) {
    const what: Happening = { is: i % 2 === 0 ? 'settled' : 'passed' };
    const after = happen(at, what);
    moves.push({ happening: what, before: at, after });
    at = after;
  }
  return moves;
}

/** Moves of one rollout. */
export function walk(walker: Walker, happenings: readonly Happening[]): Move[] {
  let at = walker;
  return happenings.map((what) => {
    const before = at;
    at = happen(before, what);
    return { happening: what, before, after: at };
  });
}

/** A walk as fast-check prints it where a property fails. */
export function story(moves: readonly Move[]): string {
  const [{ before }] = moves as [Move];
  const { spec, plan } = before.member;
  const places = moves.map(
    ({ happening: what, after }) => `${JSON.stringify(what)} -> ${after.ledger.release?.stage ?? 'steady'}`,
  );
  return [
    JSON.stringify({ steps: spec.steps, routing: before.member.separation, supports: plan.supports }),
    ...places,
  ].join('\n');
}

/** Canary replicas that a manifest would say now. */
export function shownReplicas(walker: Walker): number {
  const { member } = walker;
  const topology: Topology = { objects: [member.deployment], routings: [], members: [member] };
  const canary = render(topology, new Map([[member, standing(walker)]]))[1];
  return (canary?.spec as { replicas: number } | undefined)?.replicas ?? 0;
}

/** What the manifests of the app say with its rollouts where they are. */
export function shown(topology: Topology, walkers: readonly Walker[]): Manifest[] {
  return render(topology, new Map(walkers.map((walker) => [walker.member, standing(walker)])));
}

export function topologyOf({ declarations, gateways }: App): Topology {
  return resolve(declarations, gateways);
}

function standing({ ledger, member }: Walker): Standing {
  const steady: Standing = { stage: stages(member.plan)[0]!, templates: templatesOf(ledger) };
  return standingOf(ledger, member) ?? steady;
}

function declare(walker: Walker): Walker {
  const { member, declared, steps, ledger } = walker;
  const stableReplicas = member.deployment.spec.replicas!;
  const plan = { ...member.plan, ...member.spec, steps };
  return { ...walker, ledger: transition(ledger, { is: 'declared', template: declared, stableReplicas }, plan) };
}

function follow(walker: Walker, event: Event | ApprovedByNumber): Walker {
  const { member, steps } = walker;
  try {
    const ledger = happened(walker.ledger, event, { ...member.plan, ...member.spec, steps });
    return ledger.release === undefined ? declare({ ...walker, ledger }) : { ...walker, ledger };
  } catch (error) {
    // A step that the plan does not have, or no longer: nothing happens.
    if (error instanceof GraylaneError && error.code === 'step-unknown') return walker;
    throw error;
  }
}
