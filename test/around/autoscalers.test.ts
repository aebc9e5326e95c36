/** R3: whoever scales stable by its load may take the pods away which requests need when they come back. */
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { kinds, up, type Progress } from '../../lib/cluster';
import { type Declarations, type Manifest, resolve, type RolloutSpec, type Step, warningsAround } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { printRollout } from '../../lib/kruise';
import { folderWith, graylane } from '../cli/fixtures';
import { deployment, ingress, lane, laneRollout, service } from '../cluster/app';
import { simulated } from '../cluster/simulated.world';
import { engineOf, eventually, getDeployment, release, userApplies } from '../cluster/world';

const autoscaler = (spec: object): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'hpa' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 10, ...spec },
});

const rollout: RolloutSpec = {
  name: 'web',
  workloadRef: { name: 'web' },
  steps: [],
  trafficRoutings: [{ service: 'web', gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: 'web' } }],
};

const at = (traffic: `${number}%`, pause = {}): Step => ({ replicas: 3, traffic, pause });
const ninety = [at('10%'), at('90%')];
const matches = [{ headers: [{ name: 'x-try', value: 'yes' }] }];

interface Case {
  readonly steps?: readonly Step[];
  readonly spec?: object;
  /** null: left to the autoscaler. */
  readonly replicas?: number | null;
  /** What stable has now. @default - nobody can be asked */
  readonly stableReplicas?: number;
  readonly over?: Partial<RolloutSpec>;
  readonly lanes?: Declarations['lanes'];
}

function declared({ steps = ninety, spec = {}, replicas = null, over = {}, lanes = [] }: Case, version = 'v2') {
  const objects = [deployment('web', { version, replicas }), service('web'), ingress('web', 'nginx'), autoscaler(spec)];
  return { objects, lanes, rollouts: [{ ...rollout, steps, ...over }] } satisfies Declarations;
}

function told(one: Case): string[] {
  const app = declared(one);
  const [member] = resolve(app, gateways).members;
  const { template } = member!.deployment.spec;
  const { stableReplicas } = one;
  const facts = stableReplicas === undefined ? {} : { stableReplicas };
  return warningsAround(member!, { stable: template, target: template }, app.objects, facts)
    .filter(({ check }) => check === 'autoscaler-minimum')
    .map(({ reason, wayOut }) => `${reason}; ${wayOut}`);
}

const inLane: Partial<Case> = {
  over: { ...laneRollout('web', 'web'), trafficRoutings: undefined },
  lanes: [
    {
      ...lane,
      requestHeaderModifier: undefined,
      objectRef: [{ service: 'web', ingress: { classType: 'nginx', name: 'web' } }],
    },
  ],
};

describe('a minimum below what the requests need when they come back is told', () => {
  test.each<[string, Case, left: number, most: number, least: number]>([
    ['of the most that it may have, where nobody can be asked', {}, 1, 10, 5],
    ['of what stable has now', { stableReplicas: 6 }, 1, 6, 3],
    ['with a minimum that is too low', { spec: { minReplicas: 2 }, stableReplicas: 8 }, 2, 8, 4],
    ['where the canary has all requests for a time', { steps: [at('100%', { duration: 60 })] }, 1, 10, 5],
    ['where the highest share is in the middle', { steps: [at('80%'), at('20%')] }, 2, 10, 5],
    ['where a step without a share keeps the one before it', { steps: [at('80%'), { replicas: 4 }] }, 2, 10, 5],
  ])('%s', (_, one, left, most, least) => {
    const [line, ...more] = told(one);
    expect(more).toEqual([]);
    expect(line).toContain(`may leave ${left} of ${most} stable pods while the canary has `);
    expect(line).toContain(`they come back when it has ${least}; until the release is over`);
    expect(told({ ...one, spec: { ...one.spec, minReplicas: least } })).toEqual([]);
  });
});

test.each<[string, Case]>([
  ['a share that leaves stable half of its load', { steps: [at('50%')] }],
  ['a high share that nothing stops at', { steps: [at('20%'), at('90%', { duration: 0 })] }],
  ['a stable that is as small as that anyway', { stableReplicas: 2 }],
  ['declared replicas, which each run sets', { replicas: 10 }],
  ['matches, of which nobody knows how many requests they take', { steps: [{ replicas: 1, matches }] }],
  ['a lane, alike', inLane],
  ['an autoscaler of another workload', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'other' } } }],
])('nothing is told of %s', (_, one) => {
  expect(told(one)).toEqual([]);
});

describe('KEDA scales as its HorizontalPodAutoscaler will', () => {
  const scaled = (spec: object, replicas: number | null = null): Declarations => {
    const { objects, ...app } = declared({ replicas });
    const scaledObject: Manifest = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'keda' },
      spec: { scaleTargetRef: { name: 'web' }, triggers: [], ...spec },
    };
    return { ...app, objects: [...objects.filter(({ kind }) => kind !== 'HorizontalPodAutoscaler'), scaledObject] };
  };
  const found = (app: Declarations, facts = {}) => {
    const [member] = resolve(app, gateways).members;
    const { template } = member!.deployment.spec;
    return warningsAround(member!, { stable: template, target: template }, app.objects, facts)
      .filter(({ object }) => object.kind === 'ScaledObject')
      .map(({ check, reason, wayOut }) => `${check}: ${reason}; ${wayOut}`);
  };

  test.each<[string, object, number | null, object, RegExp[]]>([
    [
      'its minimum is 0 unless set',
      {},
      null,
      {},
      [/^autoscaler-minimum: may leave 10 of 100 .* minReplicaCount be 50$/],
    ],
    ['of its most', { maxReplicaCount: 8 }, null, {}, [/may leave 1 of 8 .*minReplicaCount be 4$/]],
    [
      'of what stable has',
      { minReplicaCount: 1 },
      null,
      { stableReplicas: 6 },
      [/may leave 1 of 6 .*minReplicaCount be 3$/],
    ],
    ['a minimum that is enough', { minReplicaCount: 4, maxReplicaCount: 8 }, null, {}, []],
    ['declared replicas', {}, 3, {}, [/^autoscaler-replicas: scales stable, but spec.replicas is declared/]],
    ['a Deployment by kind', { scaleTargetRef: { kind: 'Deployment', name: 'web' } }, 3, {}, [/^autoscaler-replicas/]],
    ['another kind', { scaleTargetRef: { kind: 'StatefulSet', name: 'web' } }, 3, {}, []],
    ['another Deployment', { scaleTargetRef: { name: 'other' } }, 3, {}, []],
  ])('%s', (_, spec, replicas, facts, expected) => {
    expect(found(scaled(spec, replicas), facts)).toEqual(expected.map((one) => expect.stringMatching(one) as string));
  });
});

describe('through the doors', () => {
  const words = /hpa may leave 1 of \d+ stable pods while the canary has 90% of the requests.*minReplicas be/;

  test('plan tells it, and what the stage before the route closes waits for', async () => {
    const files = ({ objects, rollouts: [own] }: Declarations) =>
      [...objects, printRollout(own!, 'v1beta1')].map((one) => stringify(one)).join('---\n');
    const folder = folderWith({ 'app.yaml': files(declared({})), 'running.yaml': files(declared({}, 'v1')) });
    const { code, out, err } = await graylane(['plan', '-f', 'app.yaml', '--stable', 'running.yaml'], { folder });
    expect(code).toBe(0);
    expect(err).toMatch(words);
    const rows = out.split('\n');
    const promotion = rows.findIndex((row) => row.startsWith('promote/stable'));
    expect(rows.slice(promotion, promotion + 2).join()).toMatch(
      /Deployment web ready at v2 .*Deployment web with half of the pods that it had/,
    );
    expect(out.match(/half of the pods/g)).toHaveLength(1);
  });

  test('up tells it with what stable has, before it begins', async () => {
    const world = await simulated.make();
    const [, ...around] = declared({}).objects;
    await userApplies(world, around);
    const app = (version: string): Declarations => declared({}, version);
    await release(world, app('v1'));
    await world.user.patch({ ...kinds.deployment, name: 'web', namespace: world.namespace }, { spec: { replicas: 7 } });
    await eventually(
      world,
      'seven pods',
      async () => (await getDeployment(world, 'web')).status?.availableReplicas === 7,
    );
    const seen: Progress[] = [];
    await up(engineOf(world, seen), { declarations: app('v2'), namespace: world.namespace, timeout: 60 });
    const warnings = seen.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
    expect(warnings.filter((what) => words.test(what))).toEqual([expect.stringContaining('1 of 7 stable pods')]);
  });
});
