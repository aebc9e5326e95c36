/** Releases of several steps by their ledgers: gates, percentages, and plans that are edited on the way. */
import { ApiObject, Chart } from 'cdk8s';
import { isDeployment, type Step } from 'graylane';
import { CanaryRollout } from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { Environment, NOW } from './environment';
import { deployment, expectSafe, newApp, type Objects } from './fixtures';
import { shopManifests } from './shop';

interface Code {
  readonly tag: string;
  readonly steps: readonly Step[];
  readonly replicas?: number;
  /** Name of the Ingress of the routing. */
  readonly ingress?: string;
}

/** The shop as plain objects, with routing of its own. */
function build({ tag, steps, replicas = 10, ingress = 'web' }: Code) {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const objects = shopManifests(tag).map((manifest) => {
    const spec = isDeployment(manifest) ? { ...manifest.spec, replicas } : (manifest.spec as object);
    return new ApiObject(chart, manifest.kind, { ...manifest, spec });
  });
  const web = objects.find(({ kind }) => kind === 'Ingress')!.toJson() as { metadata: object };
  new ApiObject(chart, 'other', { ...(web as object), metadata: { name: 'other' } } as never);
  new CanaryRollout(chart, 'rollout', {
    workload: objects.find(({ kind }) => kind === 'Deployment')!,
    trafficRoutings: [{ service: 'web', ingress: { classType: 'mse', name: ingress } }],
    steps,
  });
  return app;
}

/** An environment with v1, and a release of v2 with these steps at that stage. */
function environmentAt(stage: string, code: Omit<Code, 'tag'>): Environment<Code> {
  const environment = new Environment(build);
  environment.begin({ ...code, tag: 'v1' });
  for (let later = Date.parse(NOW); environment.stage('rollout') !== stage; later += 3_600_000) {
    environment.advance('rollout', { ...code, tag: 'v2' }, { now: new Date(later).toISOString() });
  }
  return environment;
}

const canaryOf = (objects: Objects) => deployment(objects, 'web-canary').spec.replicas;
const weightOf = (objects: Objects) =>
  objects.get('Ingress/web-canary')?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];

describe('gates', () => {
  const steps: Step[] = [
    { replicas: 1, traffic: '5%' },
    { replicas: 2, traffic: '20%', pause: { duration: 60 } },
    { replicas: 3, pause: { duration: 0 } },
  ];
  const v2 = { tag: 'v2', steps };

  test('a manual one is passed by a commit, which says who and when', () => {
    const environment = environmentAt('step-1/route', { steps });
    expect(environment.ledger('rollout').release).toMatchObject({
      settledAt: expect.any(String) as unknown,
      approved: [],
    });
    expect(environment.advance('rollout', v2, { by: 'ann', now: '2026-02-01T00:00:00.000Z' })).toBe('step-2/canary');
    expect(environment.ledger('rollout').release!.approved).toEqual([
      { step: 1, by: 'ann', at: '2026-02-01T00:00:00.000Z' },
    ]);
  });

  test('a timed one refuses before its time, and passes from then on', () => {
    const environment = environmentAt('step-2/canary', { steps });
    const at = (seconds: number) => ({ now: new Date(Date.parse(NOW) + seconds * 1000).toISOString() });
    expect(environment.advance('rollout', v2, at(0))).toBe('step-2/route');
    const before = environment.ledger('rollout');
    for (const seconds of [0, 59]) {
      expect(() => environment.advance('rollout', v2, at(seconds))).toThrow(
        /rollout rollout: steps\[1\]\.pause\.duration: .* allowed: advancing from 2026-01-02T03:05:05.000Z on/,
      );
    }
    expect(environment.ledger('rollout')).toEqual(before);
    expect(environment.advance('rollout', v2, at(60))).toBe('step-3/canary');
  });

  test('none is at a pause of 0: the next commit goes on', () => {
    const environment = environmentAt('step-3/canary', { steps });
    expect(environment.advance('rollout', v2)).toBe('promote/stable');
  });
});

describe('R9 percentages', () => {
  const steps: Step[] = [{ replicas: '25%', traffic: '10%' }, { replicas: '60%' }];
  const at = (environment: Environment<Code>, replicas: number) =>
    canaryOf(environment.synth({ tag: 'v2', steps, replicas }));

  test('are of the declared replicas, rounded up, at each synthesis', () => {
    const environment = environmentAt('step-1/canary', { steps });
    expect([10, 12, 13].map((replicas) => at(environment, replicas))).toEqual([3, 3, 4]);
  });

  test('never scale the canary down, from the commit of a stage on', () => {
    const environment = environmentAt('step-2/canary', { steps });
    expect(environment.ledger('rollout').release).toMatchObject({ canaryReplicas: 6 });
    expect([10, 5, 20].map((replicas) => at(environment, replicas))).toEqual([6, 6, 12]);
  });
});

describe('a plan that is edited in mid-release', () => {
  const steps: Step[] = [
    { replicas: 1, traffic: '10%' },
    { replicas: 4, traffic: '40%' },
    { replicas: 6, traffic: '60%' },
  ];
  const edited = (change: readonly Step[]) => ({ tag: 'v2', steps: change });

  test.each<[string, string, Step[], { stage: string; canary: number; weight?: string }]>([
    [
      'later steps',
      'step-1/route',
      [steps[0]!, { replicas: 8, traffic: '80%' }],
      { stage: 'step-1/route', canary: 1, weight: '10' },
    ],
    [
      'more replicas at its step',
      'step-1/route',
      [{ replicas: 3, traffic: '10%' }],
      { stage: 'step-1/canary', canary: 3, weight: '10' },
    ],
    [
      'another share at its step',
      'step-2/route',
      [steps[0]!, { replicas: 4, traffic: '50%' }],
      { stage: 'step-2/canary', canary: 4, weight: '40' },
    ],
    [
      'fewer replicas',
      'step-2/route',
      [{ replicas: 1 }, { replicas: 2 }, { replicas: 5, traffic: '70%' }],
      { stage: 'step-2/unroute', canary: 4 },
    ],
    [
      'fewer steps',
      'step-3/route',
      [{ replicas: 6, traffic: '25%' }],
      { stage: 'step-1/canary', canary: 6, weight: '60' },
    ],
  ])('%s', (_, from, change, { stage, canary, weight }) => {
    const environment = environmentAt(from, { steps });
    const before = environment.synth({ tag: 'v2', steps });
    const after = environment.synth(edited(change));
    expect({ canary: canaryOf(after), weight: weightOf(after) }).toEqual({ canary, weight });
    expectSafe(before, after, 'web');
    // The commit that edits the plan prints the stage; the next one writes it down and is the same, or goes on from it.
    const next = environment.advance('rollout', edited(change));
    if (stage !== from) expect(next).toBe(stage);
    expectSafe(after, environment.synth(edited(change)), 'web');
    for (let shown = environment.synth(edited(change)); environment.stage('rollout') !== 'steady';) {
      environment.advance('rollout', edited(change));
      const following = environment.synth(edited(change));
      expectSafe(shown, following, 'web');
      shown = following;
    }
  });

  test('voids the approvals of its step and of later ones', () => {
    const environment = environmentAt('step-3/route', { steps });
    const change: Step[] = [steps[0]!, { replicas: 6, traffic: '40%' }];
    environment.advance('rollout', edited(change));
    expect(environment.ledger('rollout').release!.approved.map(({ step }) => step)).toEqual([1]);
  });

  test('to another routing is refused: the error names the way out', () => {
    const environment = environmentAt('step-1/route', { steps });
    const code = { tag: 'v2', steps, ingress: 'other' };
    expect(() => environment.synth(code)).toThrow(
      /^shop\/rollout: routing: .*abort the release first.*\(routing-changed\)$/,
    );
    expect(() => environment.advance('rollout', code)).toThrow('rollout rollout: routing: ');
  });
});

test('advance to a step goes there, and asks for its approval again', () => {
  const steps = [1, 2, 3].map((n): Step => ({ replicas: n, traffic: `${n * 10}%` }));
  const environment = environmentAt('step-2/route', { steps });
  const v2 = { tag: 'v2', steps };
  expect(environment.advance('rollout', v2, { to: 1 })).toBe('step-1/canary');
  // The canary keeps the replicas that it has, and the open route stays until the step's own replaces it.
  expect([canaryOf(environment.synth(v2)), weightOf(environment.synth(v2))]).toEqual([2, '20']);
  expect(environment.advance('rollout', v2)).toBe('step-1/route');
  expect([canaryOf(environment.synth(v2)), weightOf(environment.synth(v2))]).toEqual([2, '10']);
  expect(environment.ledger('rollout').release!.approved).toEqual([]);
  expect(() => environment.advance('rollout', v2, { to: 4 })).toThrow(
    /rollout rollout: to: there is no way to step 4.*a step from 1 to 3/,
  );
});
