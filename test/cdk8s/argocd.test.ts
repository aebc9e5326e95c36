/** Delivery by Argo CD: what a commit changes, in the waves in which it is applied. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type App, Chart } from 'cdk8s';
import type { Deployment, Manifest, Step } from 'graylane';
import { CanaryRollout, TrafficRoutingLane } from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Environment } from './environment';
import { changes, deployment, GRAY, newApp, type Objects } from './fixtures';

const WAVE = 'argocd.argoproj.io/sync-wave';
const OPTIONS = 'argocd.argoproj.io/sync-options';

interface Code {
  readonly image: string;
  /** The base is an HTTPRoute, and the lane takes a share of the requests: its weights are in the base. */
  readonly httpRoute?: boolean;
  readonly steps?: readonly Step[];
  /** Waves that the user has set on the Deployment and the Ingress. */
  readonly waves?: { readonly Deployment?: string; readonly Ingress?: string };
}

const HTTP_ROUTE: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'spring-cloud-a' },
  spec: { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'spring-cloud-a', port: 80 }] }] },
};

function build({ image, httpRoute, steps = [{ replicas: 1, pause: {} }], waves = {} }: Code): App {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const text = readFileSync(join(__dirname, '../../examples/yaml/spring-cloud-a.yaml'), 'utf8');
  const objects = parseAllDocuments(text.replace(/image: .*/, `image: ${image}`)).map(
    (document) => document.toJS() as Manifest,
  );
  const [workload] = [...objects, HTTP_ROUTE].map(({ metadata, ...object }) => {
    const wave = waves[object.kind as 'Deployment'];
    const annotations = wave === undefined ? undefined : { [WAVE]: wave };
    return new ApiObject(chart, object.kind, { ...object, metadata: { ...metadata, annotations } });
  });
  const service = 'spring-cloud-a';
  const routing = httpRoute
    ? { objectRef: { service, gateway: { httpRouteName: service } }, weight: 20 }
    : {
        objectRef: { service, ingress: { classType: 'mse', name: service } },
        matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
        requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
      };
  const lane = new TrafficRoutingLane(chart, 'lane', { ...routing, delivery: 'argocd' });
  new CanaryRollout(chart, 'rollout-a', {
    workload: workload!,
    lane,
    steps,
    patchPodTemplateMetadata: { labels: GRAY },
  });
  return app;
}

/** What Argo CD does with a commit: one wave after the other, each when the one before is healthy; what is gone at last. */
function waves(before: Objects, after: Objects): string[] {
  const waveOf = (name: string) => Number(after.get(name)!.metadata.annotations?.[WAVE] ?? 0);
  return changes(before, after)
    .map((change) => {
      const [verb, name] = change.split(' ') as [string, string];
      if (verb !== 'deleted') return { rank: waveOf(name), change };
      expect(before.get(name)!.metadata.annotations?.[OPTIONS]).toBe('PruneLast=true');
      return { rank: Infinity, change };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank, change }) => `${rank === Infinity ? 'last' : rank}: ${change}`);
}

const v1: Code = { image: 'a:v1' };
const v2: Code = { image: 'a:v2' };

/** A release from v1 to v2 as commits: where each ends, and what it does in which order. */
function commits(code: Code = v2): [string, string[]][] {
  const environment = new Environment(build);
  const before = { ...code, image: v1.image };
  environment.begin(before);
  const list: [string, string[]][] = [];
  let stood = environment.synth(before);
  do {
    const stage = environment.advance('rollout-a', code);
    const stands = environment.synth(code);
    list.push([stage, waves(stood, stands)]);
    stood = stands;
  } while (environment.stage('rollout-a') !== 'steady');
  return list;
}

const CANARY = 'Deployment/spring-cloud-a-canary';
const ROUTE = 'Ingress/spring-cloud-a-canary';
const STABLE = 'Deployment/spring-cloud-a';

test('R1 R3 one commit to the gate, one past it, and one to clear away when the grace period is over', () => {
  expect(commits()).toEqual([
    ['step-1/route', [`1: created ${CANARY}`, `2: created ${ROUTE}`]],
    ['promote/unroute', [`0: changed ${STABLE}`, `last: deleted ${ROUTE}`]],
    ['steady', [`last: deleted ${CANARY}`]],
  ]);
});

test('R1 R3 a route that is written on its base: a commit of its own for the warm-up, and the base after stable', () => {
  const [service, base] = ['Service/spring-cloud-a-canary', 'HTTPRoute/spring-cloud-a'];
  expect(commits({ ...v2, httpRoute: true })).toEqual([
    ['step-1/warm', [`1: created ${CANARY}`, `1: created ${service}`, `2: created ${base}-warm-up`]],
    ['step-1/route', [`2: changed ${base}`]],
    ['promote/unroute', [`0: changed ${STABLE}`, `2: changed ${base}`]],
    ['steady', [`last: deleted ${CANARY}`, `last: deleted ${base}-warm-up`, `last: deleted ${service}`]],
  ]);
});

test('a commit for each gate; a step without one is passed on the way', () => {
  const steps: Step[] = [{ replicas: 1 }, { replicas: 2, pause: { duration: 0 } }, { replicas: 3 }];
  expect(commits({ ...v2, steps }).map(([stage]) => stage)).toEqual([
    'step-1/route',
    'step-3/canary',
    'promote/unroute',
    'steady',
  ]);
});

test('R1 R2 without any gate the canary is ready before stable changes', () => {
  expect(commits({ ...v2, steps: [{ replicas: 1, pause: { duration: 0 } }] }).map(([stage]) => stage)).toEqual([
    'step-1/route',
    'promote/unroute',
    'steady',
  ]);
});

test("waves begin after the Deployment's own; one that the user gave the base stays", () => {
  const [first] = commits({ ...v2, waves: { Deployment: '5' } });
  expect(first![1]).toEqual([`6: created ${CANARY}`, `7: created ${ROUTE}`]);
  const environment = new Environment(build);
  environment.begin({ ...v1, waves: { Ingress: '9' } });
  expect(
    environment.synth({ ...v1, waves: { Ingress: '9' } }).get('Ingress/spring-cloud-a')!.metadata.annotations,
  ).toMatchObject({
    [WAVE]: '9',
  });
});

test('the base is in the wave of its routes at every stage', () => {
  const environment = new Environment(build);
  environment.begin(v1);
  const bases = [environment.synth(v1)];
  do {
    environment.advance('rollout-a', v2);
    bases.push(environment.synth(v2));
  } while (environment.stage('rollout-a') !== 'steady');
  for (const objects of bases) {
    expect(objects.get('Ingress/spring-cloud-a')!.metadata.annotations).toMatchObject({ [WAVE]: '2' });
  }
});

describe('stable', () => {
  test('R2 is not paused: Argo CD would call it suspended, and no later wave would begin', () => {
    const environment = new Environment(build);
    environment.begin(v1);
    environment.advance('rollout-a', v2);
    const { spec }: Deployment = deployment(environment.synth(v2), 'spring-cloud-a');
    expect(spec.paused).toBeUndefined();
    expect(spec.template).toEqual(deployment(environment.synth(v1), 'spring-cloud-a').spec.template);
  });

  test('R3 the way back: stable first, then the route, and the canary in a commit of its own', () => {
    const environment = new Environment(build);
    environment.begin(v1);
    for (let i = 0; i < 2; i++) environment.advance('rollout-a', v2);
    expect(environment.stage('rollout-a')).toBe('promote/unroute');
    const before = environment.synth(v2);
    expect(environment.advance('rollout-a', v1)).toBe('abort/unroute');
    const back = environment.synth(v1);
    expect(waves(before, back)).toEqual([`0: changed ${STABLE}`]);
    expect(environment.advance('rollout-a', v1)).toBe('steady');
    expect(waves(back, environment.synth(v1))).toEqual([`last: deleted ${CANARY}`]);
  });
});
