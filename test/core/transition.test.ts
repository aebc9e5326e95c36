/** What each event does to a ledger: gates, approvals, aborts, other revisions, edited plans, going to a step. */
import { describe, expect, test } from 'vitest';
import {
  type RolloutPlan,
  type Event as CoreEvent,
  GraylaneError,
  type Ledger,
  newLedger,
  type PodTemplate,
  revisionOf,
  type Step,
  waitsAt,
} from '../../lib/core';
import { template } from './fixtures';
import { type ApprovedByNumber, happened as transition } from './walk';

const [v1, v2, v3] = ['v1', 'v2', 'v3'].map((version) => template('app', version)) as [
  PodTemplate,
  PodTemplate,
  PodTemplate,
];
type Event = CoreEvent | ApprovedByNumber;
const auto = { pause: { duration: 0 } };

const ownPlan = (...steps: Step[]): RolloutPlan => ({
  steps,
  workloadRef: { name: 'app' },
  trafficRoutings: [{ service: 'app', ingress: { name: 'app' } }],
});
const lanePlan = (...steps: Step[]): RolloutPlan => ({
  steps,
  workloadRef: { name: 'app' },
  trafficRoutingRef: 'lane',
});

const declared = (what: PodTemplate): Event => ({ is: 'declared', template: what, stableReplicas: 10 });
const settled = (time = '00:00:00', canaryReplicas?: number): Event => ({
  is: 'settled',
  at: `2026-01-01T${time}Z`,
  ...(canaryReplicas !== undefined && { canaryReplicas }),
});
const approved = (step: number, release = 1): Event => ({ is: 'approved', release, step });
const to = (step: number): Event => ({ is: 'to', step, stableReplicas: 10 });
const abort: Event = { is: 'abort' };
const lost: Event = { is: 'canary-lost' };

function after(plan: RolloutPlan, events: readonly Event[], from = newLedger(v1)): Ledger {
  return events.reduce((ledger, event) => transition(ledger, event, plan), from);
}

/** `stage`, with a star while it has not settled; `steady v2` without a release. */
function place(ledger: Ledger): string {
  const { release } = ledger;
  if (release === undefined) {
    const version = [v1, v2, v3].findIndex((one) => revisionOf(one) === ledger.stable) + 1;
    return `steady v${version}`;
  }
  return `${release.stage}${release.settledAt === undefined ? '*' : ''}`;
}

const places = (plan: RolloutPlan, events: readonly Event[], from = newLedger(v1)): string[] => {
  let ledger = from;
  return events.map((event) => place((ledger = transition(ledger, event, plan))));
};

const repeat = (event: Event, times: number): Event[] => Array<Event>(times).fill(event);

describe('a release from end to end', () => {
  test("the seed's sample stops at its gate and ends at v2", () => {
    const plan = lanePlan({ replicas: 1, pause: {} });
    const events = [declared(v2), ...repeat(settled(), 3), approved(1), ...repeat(settled(), 3)];
    expect(places(plan, events)).toEqual([
      'step-1/canary*',
      'step-1/route*',
      'step-1/route',
      'step-1/route',
      'promote/stable*',
      'promote/unroute*',
      'stable*',
      'steady v2',
    ]);
  });

  test('the ledger tells the stable revision, the number of releases, and its template', () => {
    const plan = lanePlan({ replicas: 1, ...auto });
    const end = after(plan, [declared(v2), ...repeat(settled(), 5)]);
    expect(end).toEqual({ version: 2, releases: 1, stable: revisionOf(v2), templates: { stable: v2 } });
  });

  test('the template of stable again starts nothing', () => {
    const start = newLedger(v1);
    expect(after(lanePlan({ replicas: 1 }), [declared(v1), settled(), abort, lost, to(1), approved(1)])).toEqual(start);
  });
});

describe('gates', () => {
  const gates: [string, Step, Event[], string][] = [
    ['a manual gate does not pass by time', { replicas: 1 }, [settled(), settled('23:00:00')], 'step-1/canary'],
    ['a gate without duration is manual', { replicas: 1, pause: {} }, [settled(), settled()], 'step-1/canary'],
    ['a gate of 0 seconds does not stop', { replicas: 1, ...auto }, [settled()], 'promote/stable*'],
    [
      'a timed gate holds a second before its time',
      { replicas: 1, pause: { duration: 60 } },
      [settled(), settled('00:00:59')],
      'step-1/canary',
    ],
    [
      'a timed gate passes when its time is over',
      { replicas: 1, pause: { duration: 60 } },
      [settled(), settled('00:00:30'), settled('00:01:00')],
      'promote/stable*',
    ],
    [
      'a timed gate passes earlier by approval',
      { replicas: 1, pause: { duration: 60 } },
      [settled(), approved(1)],
      'promote/stable*',
    ],
    ['an approval does not pass a stage that has not settled', { replicas: 1 }, [approved(1)], 'step-1/canary*'],
    ['an early approval passes when the stage settles', { replicas: 1 }, [approved(1), settled()], 'promote/stable*'],
  ];

  test.each(gates)('%s', (_, step, events, stage) => {
    expect(places({ steps: [step], workloadRef: { name: 'app' } }, [declared(v2), ...events]).at(-1)).toBe(stage);
  });

  test('the gate at which a release waits is told only after its stage has settled', () => {
    const plan = lanePlan({ replicas: 1 });
    const before = after(plan, [declared(v2), settled()]);
    expect(waitsAt(before, plan)).toBeUndefined();
    expect(waitsAt(transition(before, settled(), plan), plan)).toEqual({ step: 1, pause: {} });
    expect(waitsAt(newLedger(v1), plan)).toBeUndefined();
  });
});

describe('approvals', () => {
  const plan: RolloutPlan = { steps: [{ replicas: 1 }, { replicas: 2 }], workloadRef: { name: 'app' } };
  const waiting = after(plan, [declared(v2), settled()]);

  test('of another release does not pass', () => {
    expect(transition(waiting, approved(1, 2), plan)).toEqual(waiting);
    expect(transition(waiting, approved(1, 0), plan)).toEqual(waiting);
  });

  test('left over from a release does not pass the gate of the next', () => {
    const end = after(plan, [declared(v2), settled(), approved(1), settled(), approved(2), settled(), settled()]);
    expect(place(end)).toBe('steady v2');
    const next = after(plan, [declared(v3), settled(), approved(1, 1)], end);
    expect(place(next)).toBe('step-1/canary');
    expect(place(transition(next, approved(1, 2), plan))).toBe('step-2/canary*');
  });

  test('of another step does not pass', () => {
    expect(place(transition(waiting, approved(2), plan))).toBe('step-1/canary');
  });

  test('told twice passes one gate', () => {
    expect(places(plan, [approved(1), settled(), approved(1)], waiting)).toEqual([
      'step-2/canary*',
      'step-2/canary',
      'step-2/canary',
    ]);
  });

  test('say who gave them, and when', () => {
    const by: Event = { is: 'approved', release: 1, step: 1, by: 'kim', at: '2026-01-01T00:00:00Z' };
    expect(transition(waiting, by, plan).release!.approved).toEqual([
      { step: 1, by: 'kim', at: '2026-01-01T00:00:00Z' },
    ]);
  });
});

describe('R7 aborts and other revisions', () => {
  const plan = lanePlan({ replicas: 1 });
  const atGate = [declared(v2), settled(), settled()];
  const promoted = [...atGate, approved(1)];
  const ways: [string, Event[], Event[], string[]][] = [
    ['stable again at a canary', [declared(v2)], [declared(v1), settled()], ['start*', 'steady v1']],
    [
      'stable again at the gate',
      atGate,
      [declared(v1), settled(), settled()],
      ['abort/unroute*', 'start*', 'steady v1'],
    ],
    [
      'an abort in promotion brings stable back first',
      promoted,
      [abort, settled(), settled(), settled()],
      ['abort/stable*', 'abort/unroute*', 'start*', 'steady v1'],
    ],
    [
      'an abort while the route is being closed brings stable back first, and waits for the grace period',
      [...promoted, settled()],
      [abort, settled(), settled(), settled()],
      ['abort/stable*', 'abort/unroute*', 'start*', 'steady v1'],
    ],
    [
      'at the last stage there is nothing to abort: v1 is a new release',
      [...promoted, settled(), settled()],
      [abort, declared(v1), settled(), declared(v1)],
      ['stable*', 'stable*', 'steady v2', 'step-1/canary*'],
    ],
    [
      'an abort is never taken back',
      atGate,
      [abort, declared(v2), abort, settled(), settled(), declared(v2)],
      ['abort/unroute*', 'abort/unroute*', 'abort/unroute*', 'start*', 'steady v1', 'step-1/canary*'],
    ],
    [
      'a third revision is the way back, then a release of its own',
      atGate,
      [declared(v3), declared(v3), settled(), settled(), declared(v3)],
      ['abort/unroute*', 'abort/unroute*', 'start*', 'steady v1', 'step-1/canary*'],
    ],
    [
      'a third revision in promotion',
      promoted,
      [declared(v3), settled(), settled(), settled(), declared(v3)],
      ['abort/stable*', 'abort/unroute*', 'start*', 'steady v1', 'step-1/canary*'],
    ],
  ];

  test.each(ways)('%s', (_, before, events, list) => {
    expect(places(plan, events, after(plan, before))).toEqual(list);
  });

  test('v1, v2, v3 at step 2 begins at step 1 with v3', () => {
    const two = ownPlan({ replicas: 1, traffic: '10%', ...auto }, { replicas: 2, traffic: '20%' });
    const atTwo = after(two, [declared(v2), ...repeat(settled(), 4)]);
    expect(place(atTwo)).toBe('step-2/route');
    const again = after(two, [declared(v3), settled(), settled(), declared(v3)], atTwo);
    expect(again.release).toMatchObject({ number: 2, target: revisionOf(v3), stage: 'step-1/canary', approved: [] });
    expect(again.templates).toEqual({ stable: v1, target: v3 });
  });

  test('the target stays in the ledger until the way back is over, although the code no longer has it', () => {
    const back = after(plan, [...atGate, declared(v1)]);
    expect(back.templates).toEqual({ stable: v1, target: v2 });
    expect(after(plan, repeat(settled(), 2), back).templates).toEqual({ stable: v1 });
  });

  test('neither approvals nor a lost canary nor going to a step turn a way back', () => {
    const back = after(plan, [...atGate, abort]);
    expect(place(after(plan, [approved(1), lost], back))).toBe('abort/unroute*');
    expect(() => transition(back, to(1), plan)).toThrow(/before promotion and abort/);
  });
});

describe('a lost canary', () => {
  const plan = ownPlan({ replicas: 1, traffic: '10%' }, { replicas: 2 });
  const atGate = after(plan, [declared(v2), settled(), settled()]);

  test('closes the route, comes back at its step, and opens it again, with its approvals', () => {
    const atTwo = after(plan, [approved(1), settled()], atGate);
    expect(places(plan, [lost, settled(), settled(), settled(), approved(2)], atTwo)).toEqual([
      'step-2/unroute*',
      'step-2/canary*',
      'step-2/route*',
      'step-2/route',
      'promote/stable*',
    ]);
    expect(place(after(plan, [approved(1), lost, ...repeat(settled(), 3)], atGate))).toBe('step-2/route');
  });

  test('that is lost again while it comes back is waited for', () => {
    const back = after(plan, [lost, settled()], atGate);
    expect(place(back)).toBe('step-1/canary*');
    expect(transition(back, lost, plan)).toEqual(back);
  });

  test('that is lost again after its route opened starts over', () => {
    expect(place(after(plan, [lost, ...repeat(settled(), 2), lost], atGate))).toBe('step-1/unroute*');
  });

  test('before any route is waited for', () => {
    const first = after(plan, [declared(v2)]);
    expect(transition(first, lost, plan)).toEqual(first);
  });

  test('at a gate without a route is waited for once more, before the gate passes', () => {
    const unrouted = ownPlan({ replicas: 1 });
    const waiting = after(unrouted, [declared(v2), settled()]);
    expect(places(unrouted, [lost, approved(1), settled()], waiting)).toEqual([
      'step-1/canary*',
      'step-1/canary*',
      'promote/stable*',
    ]);
  });

  test('during a warm-up is waited for, and made known again, before the route opens', () => {
    const warm: RolloutPlan = { ...plan, supports: { warmUp: true } };
    const warming = after(warm, [declared(v2), settled()]);
    expect(place(warming)).toBe('step-1/warm*');
    expect(places(warm, [lost, settled(), settled()], warming)).toEqual([
      'step-1/canary*',
      'step-1/warm*',
      'step-1/route*',
    ]);
  });

  test('in promotion does not stop it', () => {
    const promoted = after(plan, [declared(v2), ...repeat(settled(), 2), approved(1), settled(), approved(2)]);
    expect(place(promoted)).toBe('promote/stable*');
    expect(transition(promoted, lost, plan)).toEqual(promoted);
  });

  test('can be aborted while its route is being closed, with the grace period', () => {
    expect(places(plan, [lost, abort, settled(), settled()], atGate)).toEqual([
      'step-1/unroute*',
      'abort/unroute*',
      'start*',
      'steady v1',
    ]);
  });

  test('can be aborted when it came back without its route', () => {
    expect(places(plan, [lost, settled(), abort, settled()], atGate).slice(2)).toEqual(['start*', 'steady v1']);
  });
});

describe('going to a step', () => {
  const weights = [10, 20, 30, 40, 50].map((n, i): Step => ({ replicas: i + 1, traffic: `${n}%` }));
  const plan = ownPlan(...weights);
  const atGate = (step: number, from: Ledger) => after(plan, [settled(), settled()], transition(from, to(step), plan));

  test('jumps 1-2-3-4, back 3, 2, 1, then on to 5: the canary keeps its replicas, and each gate stops', () => {
    let ledger = after(plan, [declared(v2), settled(), settled()]);
    for (const step of [2, 3, 4])
      ledger = after(plan, [approved(step - 1), ...repeat(settled('00:00:00', step), 2)], ledger);
    expect(ledger.release).toMatchObject({ stage: 'step-4/route', canaryReplicas: 4 });
    for (const step of [3, 2, 1, 5]) {
      ledger = atGate(step, ledger);
      expect(place(ledger)).toBe(`step-${step}/route`);
      expect(ledger.release!.canaryReplicas).toBeGreaterThanOrEqual(4);
    }
    expect(place(transition(ledger, approved(5), plan))).toBe('promote/stable*');
  });

  test('voids the approvals of that step and of later ones, and keeps those before', () => {
    const ledger = after(plan, [declared(v2), approved(1), approved(2), approved(3), to(2)]);
    expect(ledger.release!.approved).toEqual([{ step: 1 }]);
  });

  test('keeps the open route, as it was declared, until the one of the step replaces it', () => {
    const ledger = after(plan, [declared(v2), settled(), settled(), to(4)]);
    expect(ledger.release).toMatchObject({
      stage: 'step-4/canary',
      detour: { step: 4, open: 'kept', kept: weights[0] },
    });
  });

  test('before a canary stands opens nothing early', () => {
    const ledger = after(plan, [declared(v2), to(3)]);
    expect(ledger.release).toMatchObject({ stage: 'step-3/canary', detour: { step: 3, open: 'none' } });
    expect(place(transition(ledger, settled(), plan))).toBe('step-3/route*');
  });

  test('of a canary that has not settled yet remembers what it was given', () => {
    const ledger = after(plan, [declared(v2), ...repeat(settled(), 2), approved(1), to(1)]);
    expect(ledger.release).toMatchObject({ stage: 'step-1/canary', canaryReplicas: 2 });
  });

  test('while a route is being closed closes it first', () => {
    const ledger = after(plan, [declared(v2), ...repeat(settled(), 2), lost, to(3)]);
    expect(ledger.release).toMatchObject({ stage: 'step-3/unroute', detour: { step: 3, open: 'lost' } });
  });

  test('goes on with the plan after the step, and forgets the detour', () => {
    const ledger = after(plan, [approved(3)], atGate(3, after(plan, [declared(v2)])));
    expect(place(ledger)).toBe('step-4/canary*');
    expect(ledger.release).not.toHaveProperty('detour');
  });

  test('can be aborted on the way, with the route that was kept', () => {
    const ledger = after(plan, [declared(v2), ...repeat(settled(), 2), to(3), abort]);
    expect(ledger.release).toMatchObject({ stage: 'abort/unroute', abortedAt: 'step-3/canary' });
    expect(place(after(plan, repeat(settled(), 2), ledger))).toBe('steady v1');
  });

  test.each([0, 6, 1.5, -1, Number.NaN])('%d is unknown', (step) => {
    expect(() => transition(after(plan, [declared(v2)]), to(step), plan)).toThrow(/a step from 1 to 5/);
  });
});

describe('a plan edited in mid-release', () => {
  const five = ownPlan(...[1, 2, 3, 4, 5].map((replicas): Step => ({ replicas, traffic: `${replicas * 10}%` })));
  /** At the gate of this step of the plan of five. */
  const atGate = (step: number): Ledger => {
    let ledger = after(five, [declared(v2), ...repeat(settled('00:00:00', 1), 2)]);
    for (let i = 2; i <= step; i++)
      ledger = after(five, [approved(i - 1), ...repeat(settled('00:00:00', i), 2)], ledger);
    return ledger;
  };
  const edit = (ledger: Ledger, ...steps: Step[]) => transition(ledger, declared(v2), ownPlan(...steps));

  test('declared unchanged changes nothing', () => {
    expect(transition(atGate(2), declared(v2), five)).toEqual(atGate(2));
  });

  test('in later steps only stays where it is, settled', () => {
    const ledger = edit(atGate(2), ...five.steps.slice(0, 2), { replicas: 9, traffic: '90%' });
    expect(place(ledger)).toBe('step-2/route');
    expect(ledger.release!.steps).toHaveLength(3);
  });

  test('in a route of the step opens it again there', () => {
    const ledger = edit(atGate(2), five.steps[0]!, { replicas: 2, traffic: '99%' });
    expect(ledger.release).toMatchObject({ stage: 'step-2/canary', detour: { open: 'kept', kept: five.steps[1] } });
  });

  test('cut from 5 to 3 at step 4 goes to the last step, and the canary keeps its 4', () => {
    const ledger = edit(atGate(4), ...five.steps.slice(0, 3));
    expect(ledger.release).toMatchObject({ stage: 'step-3/canary', canaryReplicas: 4 });
  });

  test('stays at the step where its replicas cover the canary', () => {
    const ledger = edit(atGate(2), { replicas: 5, traffic: '10%' }, { replicas: 5, traffic: '20%' });
    expect(ledger.release).toMatchObject({ stage: 'step-2/canary' });
  });

  test('stays there with fewer replicas, too: the canary keeps its own, and the gate is not passed', () => {
    const small = [1, 1, 1, 4, 5].map((replicas): Step => ({ replicas, traffic: '10%' }));
    expect(edit(atGate(3), ...small).release).toMatchObject({ stage: 'step-3/canary', canaryReplicas: 3 });
  });

  test('stays where it was sent back to, though the canary is that of a later step', () => {
    const back = after(five, [to(3), ...repeat(settled('00:00:00', 4), 2)], atGate(4));
    expect(place(back)).toBe('step-3/route');
    const share = five.steps.map((step, i): Step => (i === 2 ? { ...step, traffic: '31%' } : step));
    expect(edit(back, ...share).release).toMatchObject({ stage: 'step-3/canary', canaryReplicas: 4 });
  });

  test('stays there though stable was scaled, and only a pause of a later step is edited', () => {
    const percents = (duration: number) =>
      [20, 40, 60, 80, 100].map((share, i): Step => ({
        replicas: `${share}%`,
        traffic: `${share}%`,
        ...(i === 4 && { pause: { duration } }),
      }));
    const planned = ownPlan(...percents(60));
    const at = (replicas: number) => ({ ...declared(v2), stableReplicas: replicas });
    let ledger = after(planned, [at(10), ...repeat(settled('00:00:00', 2), 2)]);
    for (const n of [2, 3])
      ledger = after(planned, [approved(n - 1), ...repeat(settled('00:00:00', 2 * n), 2)], ledger);
    expect(place(ledger)).toBe('step-3/route');
    expect(place(transition(ledger, at(5), ownPlan(...percents(30))))).toBe('step-3/route');
  });

  test('too short, goes back to the first step that covers the canary, by percentages of stable as it is now', () => {
    const percents = [10, 40, 50].map((share): Step => ({ replicas: `${share}%`, traffic: '10%' }));
    expect(edit(atGate(4), ...percents).release).toMatchObject({ stage: 'step-2/canary' });
  });

  test('voids the approval of the step where it stays, and later ones', () => {
    const ahead = after(five, [approved(2), approved(3)], after(five, [declared(v2), approved(1)]));
    const ledger = edit(ahead, ...five.steps.slice(0, 4));
    expect(ledger.release!.approved).toEqual([]);
  });

  test('voids the approvals of earlier steps that it goes to', () => {
    const ledger = edit(atGate(4), ...[4, 4, 4].map((replicas): Step => ({ replicas, traffic: '10%' })));
    expect(ledger.release).toMatchObject({ stage: 'step-1/canary', approved: [] });
  });

  test('that takes the route away closes it in a stage of its own', () => {
    const ledger = edit(atGate(1), { replicas: 1 });
    expect(places(ownPlan({ replicas: 1 }), [settled(), settled(), approved(1), settled()], ledger)).toEqual([
      'step-1/canary*',
      'step-1/canary',
      'promote/stable*',
      'stable*',
    ]);
    expect(place(ledger)).toBe('step-1/unroute*');
  });

  test('a pause that goes away lets the settled stage pass', () => {
    const ledger = edit(atGate(1), { ...five.steps[0]!, ...auto }, ...five.steps.slice(1));
    expect(place(ledger)).toBe('step-1/route');
    expect(place(transition(ledger, settled(), five))).toBe('step-2/canary*');
  });

  test.each(['promote/stable', 'promote/unroute', 'stable'])('in %s changes nothing any more', (stage) => {
    const one = ownPlan({ replicas: 1, traffic: '10%', ...auto });
    let ledger = after(one, [declared(v2)]);
    while (ledger.release!.stage !== stage) ledger = transition(ledger, settled(), one);
    expect(edit(ledger, { replicas: 1 }, { replicas: 2 })).toEqual(ledger);
  });

  test('on the way back changes nothing', () => {
    const ledger = transition(atGate(2), abort, five);
    expect(edit(ledger, { replicas: 1 })).toEqual(ledger);
  });
});

describe('a workload or a routing changed in mid-release', () => {
  const plan = ownPlan({ replicas: 1, traffic: '10%' });
  const ledger = after(plan, [declared(v2), settled()]);
  const { trafficRoutings: _, ...unrouted } = plan;
  const changes: Record<string, RolloutPlan> = {
    'another workload': { ...plan, workloadRef: { name: 'other' } },
    'another Service': { ...plan, trafficRoutings: [{ service: 'other', ingress: { name: 'app' } }] },
    'a lane instead': { ...unrouted, trafficRoutingRef: 'lane' },
    'no routing': unrouted,
    'another canary label': { ...plan, canaryLabel: 'tier' },
  };

  test.each(Object.entries(changes))('%s is an error that names abort', (_name, changed) => {
    for (const what of [v1, v2, v3]) {
      expect(() => transition(ledger, declared(what), changed)).toThrow(GraylaneError);
      expect(() => transition(ledger, declared(what), changed)).toThrow(/abort the release first/);
    }
  });

  test('so is another lane under the same name: its tag may select other pods', () => {
    const lane = { name: 'lane', objectRef: [{ service: 'app', ingress: { name: 'app' } }], weight: 20 };
    const joined = { ...lanePlan({ replicas: 1 }), lane };
    const begun = after(joined, [declared(v2), settled()]);
    expect(() => transition(begun, declared(v2), { ...joined, lane: { ...lane, weight: 30 } })).toThrow(
      /abort the release/,
    );
  });

  test('an Ingress of nginx may be named as one: it was taken for one, and is not any more', () => {
    const named = (classType: string) => [{ service: 'app', ingress: { classType, name: 'app' } }];
    const lane = { name: 'lane', objectRef: [{ service: 'app', ingress: { name: 'app' } }], weight: 20 };
    const joined = { ...lanePlan({ replicas: 1 }), lane };
    const begun = after(joined, [declared(v2), settled()]);
    for (const what of [v1, v2]) {
      for (const [before, now] of [
        [ledger, (classType: string) => ({ ...plan, trafficRoutings: named(classType) })],
        [begun, (classType: string) => ({ ...joined, lane: { ...lane, objectRef: named(classType) } })],
      ] as const) {
        expect(() => transition(before, declared(what), now('nginx'))).not.toThrow();
        expect(() => transition(before, declared(what), now('mse'))).toThrow(/abort the release first/);
      }
    }
  });

  test('is none before a release and after it', () => {
    for (const changed of Object.values(changes)) {
      expect(place(transition(newLedger(v1), declared(v2), changed))).toBe('step-1/canary*');
    }
  });
});

test('a ledger with a stage that its release does not have is an error that lists those it has', () => {
  const plan = lanePlan({ replicas: 1 });
  const { release, ...ledger } = after(plan, [declared(v2)]);
  const broken: Ledger = { ...ledger, release: { ...release!, stage: 'step-7/route' } };
  expect(() => transition(broken, settled(), plan)).toThrow(/start, step-1\/canary, step-1\/route/);
});
