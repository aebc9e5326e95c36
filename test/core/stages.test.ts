/** The tables of stages, as DESIGN.md tells them. */
import { describe, expect, test } from 'vitest';
import {
  detour,
  findStage,
  GraylaneError,
  namedStage,
  type Open,
  type Plan,
  retreat,
  type Stage,
  stages,
  type Step,
} from '../../lib/core';

/** `id: stable canary route -> conditions [gate]`. */
function rows(list: readonly Stage[]): string[] {
  return list.map(({ id, stable, canary, route, settled, gate }) => {
    const { duration } = gate?.pause ?? {};
    const stop = gate === undefined ? '' : ` [${gate.step}: ${duration === undefined ? 'manual' : `${duration} s`}]`;
    return `${id}: ${stable} ${canary} ${route} -> ${settled.join(' ')}${stop}`;
  });
}

const inLane = (...steps: Step[]): Plan => ({ steps, trafficRoutingRef: 'mse-traffic', supports: { warmUp: false } });
const own = (...steps: Step[]): Plan => ({
  steps,
  trafficRoutings: [{ service: 'a', ingress: { name: 'a' } }],
  supports: { warmUp: false },
});
const warm = (plan: Plan): Plan => ({ ...plan, supports: { warmUp: true } });
const auto = { pause: { duration: 0 } };
const matches = [{ headers: [{ name: 'x-user', value: 'foo' }] }];

const lists: Record<string, { plan: Plan; list: string[] }> = {
  "the seed's sample: a lane, one step, a manual gate": {
    plan: inLane({ replicas: 1, pause: {} }),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'step-1/route: paused 1 1 -> route-taken-up grace-over [1: manual]',
      'promote/stable: target 1 1 -> stable-ready',
      'promote/unroute: target 1 none -> grace-over',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'a lane is joined once, at step 1': {
    plan: inLane({ replicas: 1, ...auto }, { replicas: 2 }),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'step-1/route: paused 1 1 -> route-taken-up grace-over',
      'step-2/canary: paused 2 1 -> canary-ready [2: manual]',
      'promote/stable: target 2 1 -> stable-ready',
      'promote/unroute: target 2 none -> grace-over',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'own routing: a step without a route keeps the one before it': {
    plan: own(
      { replicas: 1, pause: { duration: 60 } },
      { replicas: 1, traffic: '20%', ...auto },
      { replicas: 2, ...auto },
      { replicas: 3, matches, traffic: '50%' },
    ),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready [1: 60 s]',
      'step-2/canary: paused 2 none -> canary-ready',
      'step-2/route: paused 2 2 -> route-taken-up grace-over',
      'step-3/canary: paused 3 2 -> canary-ready',
      'step-4/canary: paused 4 2 -> canary-ready',
      'step-4/route: paused 4 4 -> route-taken-up grace-over [4: manual]',
      'promote/stable: target 4 4 -> stable-ready',
      'promote/unroute: target 4 none -> grace-over',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'own routing without any route': {
    plan: own({ replicas: 1, ...auto }),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'promote/stable: target 1 none -> stable-ready',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'an empty list of matches is no route': {
    plan: own({ replicas: 1, matches: [], ...auto }),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'promote/stable: target 1 none -> stable-ready',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'joined: nothing routes': {
    plan: { steps: [{ replicas: 1 }, { replicas: '50%', ...auto }] },
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready [1: manual]',
      'step-2/canary: paused 2 none -> canary-ready',
      'promote/stable: target 2 none -> stable-ready',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'a gateway that must know the canary: once before the first route, until the canary goes': {
    plan: warm(own({ replicas: 1, traffic: '10%', ...auto }, { replicas: 2, traffic: '20%', ...auto })),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'step-1/warm: paused 1 warm -> route-taken-up',
      'step-1/route: paused 1 1 -> route-taken-up grace-over',
      'step-2/canary: paused 2 1 -> canary-ready',
      'step-2/route: paused 2 2 -> route-taken-up grace-over',
      'promote/stable: target 2 2 -> stable-ready',
      'promote/unroute: target 2 warm -> grace-over',
      'stable: target 0 none -> canary-gone',
    ],
  },
  'nothing to warm up before a step routes': {
    plan: warm(own({ replicas: 1, ...auto }, { replicas: 1, matches, ...auto })),
    list: [
      'start: stable 0 none -> stable-ready',
      'step-1/canary: paused 1 none -> canary-ready',
      'step-2/canary: paused 2 none -> canary-ready',
      'step-2/warm: paused 2 warm -> route-taken-up',
      'step-2/route: paused 2 2 -> route-taken-up grace-over',
      'promote/stable: target 2 2 -> stable-ready',
      'promote/unroute: target 2 warm -> grace-over',
      'stable: target 0 none -> canary-gone',
    ],
  },
};

test.each(Object.entries(lists))('stages of %s', (_, { plan, list }) => {
  expect(rows(stages(plan))).toEqual(list);
});

describe('the way back', () => {
  const plan = own({ replicas: 1 }, { replicas: 2, traffic: '20%' });
  const gone = 'start: stable 0 none -> canary-gone';
  const ways: [string, string[]][] = [
    ['start', [gone]],
    ['step-1/canary', [gone]],
    ['step-2/canary', [gone]],
    ['step-2/route', ['abort/unroute: stable 2 none -> grace-over', gone]],
    [
      'promote/stable',
      ['abort/stable: stable 2 2 -> stable-ready', 'abort/unroute: stable 2 none -> grace-over', gone],
    ],
    [
      'promote/unroute',
      ['abort/stable: stable 2 none -> stable-ready', 'abort/unroute: stable 2 none -> grace-over', gone],
    ],
  ];

  test.each(ways)('from %s', (from, list) => {
    expect(rows(retreat(findStage(stages(plan), from)!, plan))).toEqual(list);
  });

  test('keeps a warm-up until the canary goes', () => {
    const warmed = warm(plan);
    const at = (id: string) => rows(retreat(findStage(stages(warmed), id)!, warmed));
    expect(at('step-2/warm')).toEqual([gone]);
    expect(at('step-2/route')).toEqual(['abort/unroute: stable 2 warm -> grace-over', gone]);
  });

  test('from a joined promotion only stable goes back', () => {
    const joined = { steps: [{ replicas: 1 }] };
    expect(rows(retreat(findStage(stages(joined), 'promote/stable')!, joined))).toEqual([
      'abort/stable: stable 1 none -> stable-ready',
      gone,
    ]);
  });

  test('from a route that is being closed the whole grace period runs', () => {
    const closing = detour(plan, 2, 'lost')[0]!;
    expect(rows(retreat(closing, plan))).toEqual(['abort/unroute: stable 2 none -> grace-over', gone]);
  });
});

describe('the rest of a release that goes to a step from elsewhere', () => {
  const plan = own({ replicas: 1, ...auto }, { replicas: 2, traffic: '20%', ...auto }, { replicas: 3, ...auto });
  const promotion = (route: number) => [
    `promote/stable: target 3 ${route} -> stable-ready`,
    'promote/unroute: target 3 none -> grace-over',
    'stable: target 0 none -> canary-gone',
  ];
  const step3 = 'step-3/canary: paused 3 2 -> canary-ready';
  const detours: [string, number, Open, string[]][] = [
    [
      'the open route stays until that of the step replaces it',
      2,
      'kept',
      ['step-2/canary: paused 2 kept -> canary-ready', 'step-2/route: paused 2 2 -> route-taken-up grace-over', step3],
    ],
    [
      'to a step before any route the open one is closed first',
      1,
      'kept',
      [
        'step-1/unroute: paused 1 none -> grace-over',
        'step-1/canary: paused 1 none -> canary-ready',
        'step-2/canary: paused 2 none -> canary-ready',
        'step-2/route: paused 2 2 -> route-taken-up grace-over',
        step3,
      ],
    ],
    [
      'a lost canary: route closed, canary at its replicas, the same step again',
      3,
      'lost',
      [
        'step-3/unroute: paused 3 none -> grace-over',
        'step-3/canary: paused 3 none -> canary-ready',
        'step-3/route: paused 3 2 -> route-taken-up grace-over',
      ],
    ],
    [
      'none was open: the route of the step opens after its canary',
      3,
      'none',
      ['step-3/canary: paused 3 none -> canary-ready', 'step-3/route: paused 3 2 -> route-taken-up grace-over'],
    ],
  ];

  test.each(detours)('%s', (_, step, open, list) => {
    expect(rows(detour(plan, step, open))).toEqual([...list, ...promotion(2)]);
  });

  test('a lost canary is made known to the gateway again', () => {
    expect(rows(detour(warm(plan), 3, 'lost')).slice(0, 4)).toEqual([
      'step-3/unroute: paused 3 warm -> grace-over',
      'step-3/canary: paused 3 none -> canary-ready',
      'step-3/warm: paused 3 warm -> route-taken-up',
      'step-3/route: paused 3 2 -> route-taken-up grace-over',
    ]);
  });
});

describe('R3 stable needs the pods for what comes back to it', () => {
  const weights = own({ replicas: 1, ...auto }, { replicas: 2, traffic: '20%' }, { replicas: 3, traffic: '50%' });
  const without: Plan = { steps: [{ replicas: 1 }] };
  const needing = (list: readonly Stage[]) => list.flatMap(({ id, needs }) => needs.map((name) => `${id}: ${name}`));
  const back = (plan: Plan, from: string) => retreat(findStage(stages(plan), from)!, plan);

  test.each<[string, readonly Stage[], string[]]>([
    ['where its own route closes', stages(weights), ['promote/unroute: stable-capacity']],
    ['where it leaves a lane', stages(inLane({ replicas: 1 })), ['promote/unroute: stable-capacity']],
    ['where the canary goes, without a route', stages(without), ['stable: stable-capacity']],
    ['not where no step has a route', stages(own({ replicas: 1 })), []],
    ['on the way back', back(weights, 'step-2/route'), ['abort/unroute: stable-capacity']],
    ['on the way back from promotion', back(weights, 'promote/stable'), ['abort/unroute: stable-capacity']],
    ['on the way back without a route', back(without, 'step-1/canary'), ['start: stable-capacity']],
    ['not on the way back where none was open', back(weights, 'step-1/canary'), []],
    [
      'at a step that somebody chose',
      detour(weights, 2, 'kept'),
      ['step-2/route: stable-capacity', 'promote/unroute: stable-capacity'],
    ],
    [
      'at such a step without a route',
      detour(weights, 1, 'kept'),
      ['step-1/unroute: stable-capacity', 'promote/unroute: stable-capacity'],
    ],
    ['not at a step of a lane, which stays open', detour(inLane({ replicas: 1 }), 1, 'kept').slice(0, -2), []],
  ])('%s', (_, list, expected) => {
    expect(needing(list)).toEqual(expected);
  });
});

describe('a stage by its name', () => {
  const plan = own({ replicas: 1, traffic: '20%' }, { replicas: 2 });

  test.each([
    ['start', 'start'],
    ['step-1', 'step-1/route'],
    ['step-1/canary', 'step-1/canary'],
    ['step-2', 'step-2/canary'],
    ['promote', 'promote/unroute'],
    ['abort/stable', 'abort/stable'],
    ['abort', 'abort/unroute'],
    ['stable', 'stable'],
  ])('%s is %s', (name, id) => {
    expect(namedStage(plan, name).id).toBe(id);
  });

  test.each(['step-3', 'step', 'step-1/warm', '', 'steady'])(
    '%j is unknown, and the message lists those there are',
    (name) => {
      expect(() => namedStage(plan, name)).toThrow(GraylaneError);
      expect(() => namedStage(plan, name)).toThrow(/start, step-1\/canary, step-1\/route/);
    },
  );
});
