/** Ledgers as the commands move them: one commit, one stage; nobody watches a cluster. */
import fc from 'fast-check';
import {
  abortRelease,
  advance,
  type AdvanceOptions,
  type Answer,
  GraylaneError,
  type Ledger,
  newLedger,
  type PodTemplate,
  type RolloutRecording,
  revisionOf,
  type Step,
  locationOf,
  type Standpoint,
  stages,
} from 'graylane';
import { describe, expect, test } from 'vitest';

const START = Date.parse('2026-01-02T03:04:05.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const NOW = at(0);

const template = (version: string): PodTemplate => ({ spec: { containers: [{ image: version }] } });

/** What an app declares of its rollout with this version and these steps. */
function declared(version: string, steps: readonly Step[], stableReplicas = 10): RolloutRecording {
  const plan = { workloadRef: { name: 'web' }, steps, trafficRoutings: [{ service: 'web', ingress: { name: 'web' } }] };
  return {
    name: 'rollout',
    template: template(version),
    revision: revisionOf(template(version)),
    stableReplicas,
    plan,
  };
}

const steps: Step[] = [
  { replicas: '20%', traffic: '20%' },
  { replicas: '50%', traffic: '50%', pause: { duration: 60 } },
  { replicas: 5, pause: { duration: 0 } },
];
const v1 = newLedger(template('v1'));
const v2 = declared('v2', steps);

/** The stages that a ledger goes through, to the steady one or as many as said. */
function walk(ledger: Ledger, rollout: RolloutRecording, options: Partial<AdvanceOptions> = {}, most = 40): string[] {
  const walked: string[] = [];
  for (let one = ledger; walked.length < most && walked.at(-1) !== 'steady';) {
    one = advance(one, rollout, { now: at(walked.length * 3600), ...options });
    walked.push(one.release?.stage ?? 'steady');
  }
  return walked;
}

const FORTH = [
  'step-1/canary',
  'step-1/route',
  'step-2/canary',
  'step-2/route',
  'step-3/canary',
  'promote/stable',
  'promote/unroute',
];

function ledgerAt(stage: string): Ledger {
  return FORTH.slice(0, FORTH.indexOf(stage) + 1).reduce<Ledger>(
    (one, _, i) => advance(one, v2, { now: at(i * 3600) }),
    v1,
  );
}

/** Advances to a stage; `steady` is where no release is under way. */
function walkTo(stage: string, ledger: Ledger, rollout: RolloutRecording): Ledger {
  for (let one = ledger, i = 0; i < 40; i++) {
    if ((one.release?.stage ?? 'steady') === stage) return one;
    one = advance(one, rollout, { now: at(i * 3600) });
  }
  throw new Error(`${stage} was not reached`);
}

test('one commit is one stage; the last one needs none of its own', () => {
  expect(walk(v1, v2)).toEqual([...FORTH, 'steady']);
});

test('in waves one commit goes to the next gate or grace period, and never from a step into promotion', () => {
  const ends = ['step-1/route', 'step-2/route', 'step-3/canary', 'promote/unroute', 'steady'];
  expect(walk(v1, { ...v2, inWaves: true })).toEqual(ends);
});

test('the ledger before is left as it was', () => {
  const ledger = ledgerAt('step-1/route');
  const text = JSON.stringify(ledger);
  advance(ledger, v2, { now: NOW });
  abortRelease(ledger, v2, NOW);
  expect(JSON.stringify(ledger)).toBe(text);
});

test('after the release its target is stable, alone, and the count stays', () => {
  const { stable } = newLedger(template('v2'));
  const over = advance(ledgerAt('promote/unroute'), v2, { now: NOW });
  expect(over).toEqual({ version: 2, releases: 1, stable, workload: 'web', templates: { stable: template('v2') } });
  expect(advance(over, declared('v3', steps), { now: NOW })).toMatchObject({ releases: 2, release: { number: 2 } });
});

describe('gates', () => {
  test('the time of a gate begins with its stage', () => {
    expect(ledgerAt('step-1/route').release).toMatchObject({ settledAt: at(3600), approved: [] });
    expect(ledgerAt('step-1/canary').release!.settledAt).toBeUndefined();
  });

  test('passing a manual one is its approval, with who and when', () => {
    const { release } = advance(ledgerAt('step-1/route'), v2, { now: NOW, by: 'ann' });
    expect(release).toMatchObject({ stage: 'step-2/canary', approved: [{ step: 1, by: 'ann', at: NOW }] });
    expect(release!.settledAt).toBeUndefined();
  });

  test.each([
    [0, false],
    [59.999, false],
    [60, true],
    [1e6, true],
  ])('a timed one of 60 s, %d s after it began: %s', (seconds, passes) => {
    const ledger = ledgerAt('step-2/route');
    const run = () => advance(ledger, v2, { now: at(3 * 3600 + seconds) }).release!.stage;
    if (passes) expect(run()).toBe('step-3/canary');
    else expect(run).toThrow(GraylaneError);
  });

  test('a timed one leaves no approval', () => {
    const { release } = advance(ledgerAt('step-2/route'), v2, { now: at(1e6) });
    expect(release!.approved.map(({ step }) => step)).toEqual([1]);
  });

  test('one commit never passes two', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(undefined, { duration: 0 }, { duration: 9 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (pauses, inWaves) => {
          const rollout = declared(
            'v2',
            pauses.map((pause, i) => ({ replicas: i + 1, traffic: `${i + 1}%`, ...(pause && { pause }) })),
          );
          const gates = pauses.filter((pause) => pause?.duration !== 0).length;
          const walked = walk(v1, { ...rollout, inWaves });
          const ungated = pauses.at(-1)?.duration === 0 ? 1 : 0;
          expect(walked).toHaveLength(inWaves ? gates + ungated + 2 : stages(rollout.plan).length - 1);
        },
      ),
    );
  });
});

describe('from where it is said to stand', () => {
  const gate = ledgerAt('step-1/route');
  const of = (number: number) => ({ rollout: 'app', number, id: number === 1 ? gate.release!.id : 'another' });
  const move = (ledger: Ledger, from: Standpoint, rollout = v2) => advance(ledger, rollout, { now: at(1e6), from });

  test.each<[string, Standpoint]>([
    ['its stage', { at: { stage: 'step-1/route' } }],
    ['its stage, of its release', { release: of(1), at: { stage: 'step-1/route' } }],
    ['its gate', { release: of(1), at: { gateOf: 1 } }],
  ])('%s: it moves once, and twice is no more', (_, from) => {
    const once = move(gate, from);
    expect(once.release!.stage).toBe('step-2/canary');
    for (const later of [once, ledgerAt('promote/unroute'), walkTo('steady', once, v2)]) {
      expect(move(later, from)).toBe(later);
    }
  });

  test('a release is begun from `start`, once', () => {
    const begun = move(v1, { at: { stage: 'start' } });
    expect(begun.release!.stage).toBe('step-1/canary');
    expect(move(begun, { at: { stage: 'start' } })).toBe(begun);
  });

  test('one that is on its way back, or that was followed by another, is left alone', () => {
    const back = abortRelease(gate, v2, NOW);
    expect(move(back, { release: of(1), at: { gateOf: 1 } })).toBe(back);
    const second = advance(walkTo('steady', gate, v2), declared('v3', steps), { now: NOW });
    expect(move(second, { release: of(1), at: { stage: 'step-1/canary' } }, declared('v3', steps))).toBe(second);
  });

  test.each<[string, Ledger, Standpoint]>([
    ['a later stage', gate, { at: { stage: 'promote/stable' } }],
    ['the gate of a later step', gate, { release: of(1), at: { gateOf: 2 } }],
    ['the gate of a stage that has not come to it', ledgerAt('step-1/canary'), { release: of(1), at: { gateOf: 1 } }],
    ['a release that has not begun', gate, { release: of(2), at: { gateOf: 1 } }],
    ['the way back of one that goes forth', gate, { at: { stage: 'abort/unroute' } }],
  ])('%s: it is too early', (_, ledger, from) => {
    expect(() => move(ledger, from)).toThrow('stage-ahead');
  });

  test('an approval passes a timed gate before its time, as it does in a live release', () => {
    const timed = ledgerAt('step-2/route');
    const { release } = advance(timed, v2, { now: at(3 * 3600), from: { release: of(1), at: { gateOf: 2 } } });
    expect(release).toMatchObject({ stage: 'step-3/canary', approved: [{ step: 1 }, { step: 2 }] });
  });
});

describe('the way back', () => {
  const BACK: Record<string, string[]> = {
    'step-1/canary': ['steady'],
    'step-1/route': ['abort/unroute', 'steady'],
    'step-2/canary': ['abort/unroute', 'steady'],
    'step-3/canary': ['abort/unroute', 'steady'],
    'promote/stable': ['abort/stable', 'abort/unroute', 'steady'],
    'promote/unroute': ['abort/stable', 'abort/unroute', 'steady'],
  };

  test.each(Object.entries(BACK))('from %s by the stable template again', (from, back) => {
    expect(walk(ledgerAt(from), declared('v1', steps))).toEqual(back);
  });

  test.each(Object.entries(BACK))('from %s by a third revision, whose release follows', (from, back) => {
    const v3 = declared('v3', steps);
    expect(walk(ledgerAt(from), v3, {}, back.length)).toEqual([...back.slice(0, -1), 'step-1/canary']);
    const ledger = back.reduce((one) => advance(one, v3, { now: NOW }), ledgerAt(from));
    expect(ledger).toMatchObject({ releases: 2, release: { number: 2, target: v3.revision } });
    expect(ledger).not.toHaveProperty('aborted');
  });

  test('in waves the release that follows goes on to its gate in the same commit', () => {
    const v3 = { ...declared('v3', steps), inWaves: true };
    expect(walk(ledgerAt('step-1/route'), v3, {}, 2)).toEqual(['abort/unroute', 'step-1/route']);
  });

  describe('what a release went back from', () => {
    const back = walkTo('steady', abortRelease(ledgerAt('step-1/route'), v2, NOW), v2);

    test('is not begun again by a plain advance', () => {
      expect(back).toMatchObject({ releases: 1, aborted: v2.revision });
      expect(() => advance(back, v2, { now: NOW })).toThrow('advance-aborted');
    });

    test('is begun by a word; also as the end of its own way back', () => {
      expect(advance(back, v2, { now: NOW, again: true }).release).toMatchObject({ number: 2, stage: 'step-1/canary' });
      const last = abortRelease(ledgerAt('step-1/route'), v2, NOW);
      expect(advance(last, v2, { now: NOW, again: true }).release).toMatchObject({ number: 2, stage: 'step-1/canary' });
    });

    test('is forgotten when another one is released', () => {
      const v3 = walkTo('steady', advance(back, declared('v3', steps), { now: NOW }), declared('v3', steps));
      expect(v3).not.toHaveProperty('aborted');
      expect(advance(v3, v2, { now: NOW }).release).toMatchObject({ target: v2.revision });
    });
  });

  test.each(Object.entries(BACK))('from %s by command', (from, [first, ...rest]) => {
    const ledger = abortRelease(ledgerAt(from), v2, NOW);
    expect(ledger.release?.stage ?? 'steady').toBe(first);
    if (rest.length > 0) expect(walk(ledger, v2)).toEqual(rest);
  });

  test('an abort again changes nothing; once it has ended there is nothing to abort', () => {
    const ledger = abortRelease(ledgerAt('promote/stable'), v2, NOW);
    expect(abortRelease(ledger, v2, NOW)).toEqual(ledger);
    expect(() => abortRelease(v1, v2, NOW)).toThrow('rollout rollout: release: no release is under way');
  });

  test('ends with stable as it was, and nothing of the target but its revision', () => {
    const ledger = [1, 2, 3].reduce(
      (one) => advance(one, declared('v1', steps), { now: NOW }),
      ledgerAt('promote/stable'),
    );
    expect(ledger).toEqual({ ...v1, releases: 1, aborted: v2.revision, workload: 'web' });
  });
});

describe('R9 what a stage has asked for counts as what the canary has had', () => {
  test('percentages of the declared replicas', () => {
    expect(ledgerAt('step-1/route').release!.canaryReplicas).toBe(2);
    expect(ledgerAt('step-2/route').release!.canaryReplicas).toBe(5);
  });

  test('and never fewer, though stable is scaled down', () => {
    const scaled = declared('v2', steps, 4);
    for (const stage of ['step-2/canary', 'step-2/route']) {
      expect(advance(ledgerAt(stage), scaled, { now: at(1e6) }).release!.canaryReplicas).toBe(5);
    }
  });
});

describe('refused, with the rollout', () => {
  const { stableReplicas: _, ...unscaled } = v2;
  const other = { ...v2, plan: { ...v2.plan, trafficRoutings: [{ service: 'other', ingress: { name: 'web' } }] } };
  test.each<[string, string, () => unknown]>([
    [
      'nothing new',
      'advance-nothing at rollout rollout: workload.spec.template',
      () => advance(v1, declared('v1', steps), { now: NOW }),
    ],
    [
      'too early',
      'gate-early at rollout rollout: steps[1].pause.duration',
      () => advance(ledgerAt('step-2/route'), v2, { now: at(3 * 3600) }),
    ],
    [
      'no such step',
      'step-unknown at rollout rollout: to',
      () => advance(ledgerAt('step-1/route'), v2, { now: NOW, to: 9 }),
    ],
    [
      'back from promotion to a step',
      'step-unknown at rollout rollout: to',
      () => advance(ledgerAt('promote/stable'), v2, { now: NOW, to: 1 }),
    ],
    [
      'another routing',
      'routing-changed at rollout rollout: routing',
      () => advance(ledgerAt('step-1/route'), other, { now: NOW }),
    ],
    [
      'a percentage of nothing',
      'replicas-unknown at rollout rollout: steps[0].replicas',
      () => advance(ledgerAt('step-1/canary'), unscaled, { now: NOW }),
    ],
  ])('%s', (name, expected, run) => {
    expect(name).not.toBe('');
    expect(told(run)).toBe(expected);
  });

  test('to the next gate, the rollout is named once', () => {
    expect(told(() => advance(v1, { ...unscaled, inWaves: true }, { now: NOW }))).toBe(
      'replicas-unknown at rollout rollout: steps[0].replicas',
    );
  });
});

function told(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const [problem] = (error as GraylaneError).problems;
    return `${problem!.code} at ${locationOf(problem!)}`;
  }
  return 'nothing';
}

describe('checks', () => {
  const check = { name: 'smoke', http: { url: 'http://smoke.example.com/', expect: { status: 200 } } };
  const holds = { is: 'holds', evidence: '200' } as const;
  const undecided = { is: 'not-yet', awaited: 'no reply' } as const;
  const broken = { is: 'broken', why: '500' } as const;
  const asking = (pause: Step['pause'], over: object = {}): RolloutRecording => {
    const rollout = declared('v2', [{ replicas: 1, traffic: '20%', checks: [check], ...(pause && { pause }) }]);
    return { ...rollout, plan: { ...rollout.plan, ...over } };
  };
  const atGate = (rollout: RolloutRecording) => advance(advance(v1, rollout, { now: NOW }), rollout, { now: NOW });

  test.each([
    ['a manual gate', undefined, 0],
    ['a timed gate when its time is over', { duration: 60 }, 60],
    ['a step that does not stop', { duration: 0 }, 0],
  ])('%s passes by one commit where they hold, and by none where they do not', (_, pause, seconds) => {
    const rollout = asking(pause);
    const gate = atGate(rollout);
    expect(gate.release).toMatchObject({ stage: 'step-1/route', settledAt: NOW });
    const pass = (checks?: Answer) => advance(gate, rollout, { now: at(seconds), ...(checks && { checks }) });
    expect(pass(holds).release!.stage).toBe('promote/stable');
    for (const [answer, code] of [
      [undecided, 'check-undecided'],
      [broken, 'check-broken'],
      [undefined, 'check-undecided'],
    ] as const) {
      expect(codeOf(() => pass(answer))).toBe(code);
    }
  });

  test('before its time a timed gate passes by no check', () => {
    const rollout = asking({ duration: 60 });
    expect(codeOf(() => advance(atGate(rollout), rollout, { now: at(59), checks: holds }))).toBe('gate-early');
  });

  test('in promotion a broken one stops the next commit, and one that does not know does not', () => {
    const rollout = asking({ duration: 0 }, { checks: [check], bakeSeconds: 60 });
    const promoting = advance(atGate(rollout), rollout, { now: NOW, checks: holds });
    expect(promoting.release).toMatchObject({ stage: 'promote/stable', promotedAt: NOW, settledAt: NOW });
    expect(codeOf(() => advance(promoting, rollout, { now: at(60), checks: broken }))).toBe('check-broken');
    expect(codeOf(() => advance(promoting, rollout, { now: at(59), checks: undecided }))).toBe('gate-early');
    expect(advance(promoting, rollout, { now: at(60), checks: undecided }).release!.stage).toBe('promote/unroute');
  });

  test('with a time for watching stable the way back has the old template until it is over', () => {
    const rollout = asking({ duration: 0 }, { bakeSeconds: 60 });
    const promoting = advance(atGate(rollout), rollout, { now: NOW, checks: holds });
    expect(abortRelease(promoting, rollout, at(30))).toMatchObject({
      release: { stage: 'abort/stable' },
      templates: { stable: template('v1') },
    });
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as GraylaneError).problems[0]!.code;
  }
  return undefined;
}
