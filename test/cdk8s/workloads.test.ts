/** The same release, whichever constructs the app is made of. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Include } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { StageName, Step } from 'graylane';
import { CanaryRollout, TrafficRoutingLane, Workload } from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { deployment, GRAY, newApp, newFolder, type Objects, synth } from './fixtures';
import { type Shop, shopTemplate, WAYS } from './shop';

type Reference = 'name' | 'construct';

const STAGES = ['step-1/canary', 'step-2', 'promote/unroute', 'stable'] as const;

/** Of an Include and of Helm there is only the workload's construct. */
const CASES = Object.keys(WAYS).flatMap((way) =>
  (way === 'Include' || way === 'Helm' ? ['name'] : ['name', 'construct']).map((by) => [way, by as Reference] as const),
);

const stable = shopTemplate();

/** v2 of the shop on its way, with routing of a lane or of its own. */
function release(
  shop: (chart: Chart, tag?: string) => Shop,
  stage: StageName,
  by: Reference,
  routing: 'lane' | 'own',
): Objects {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const { workload, service, ingress } = shop(chart, 'v2');
  const refer = (object: IConstruct | undefined) => (by === 'construct' && object) || 'web';
  const objectRef = { service: refer(service), ingress: { classType: 'mse', name: refer(ingress) } };
  const matches = [{ headers: [{ name: 'User-Agent', value: 'foo' }] }];
  const requestHeaderModifier = { set: [{ name: 'x-mse-tag', value: 'gray' }] };
  const common = { workload, stage, stable, patchPodTemplateMetadata: { labels: GRAY } };
  if (routing === 'lane') {
    const lane = new TrafficRoutingLane(chart, 'lane', { objectRef, matches, requestHeaderModifier });
    new CanaryRollout(chart, 'rollout', { ...common, lane, steps: [{ replicas: 1 }, { replicas: '50%' }] });
  } else {
    const steps: Step[] = [
      { replicas: 1, matches },
      { replicas: '50%', traffic: '30%' },
    ];
    new CanaryRollout(chart, 'rollout', { ...common, trafficRoutings: [objectRef], steps });
  }
  return synth(app);
}

describe.each(['lane', 'own'] as const)('%s routing', (routing) => {
  describe.each(STAGES)('%s', (stage) => {
    const expected = release(WAYS['cdk8s-plus']!, stage, 'name', routing);
    test.each(CASES)('%s, by %s', (way, by) => {
      const objects = release(WAYS[way]!, stage, by, routing);
      expect(Object.fromEntries(objects)).toEqual(Object.fromEntries(expected));
    });
  });
});

test('the release of the comparison is a real one', () => {
  const objects = release(WAYS.Helm!, 'step-2', 'name', 'own');
  expect([...objects.keys()].filter((name) => name.endsWith('-canary')).sort()).toEqual([
    'Deployment/web-canary',
    'Ingress/web-canary',
    'Service/web-canary',
  ]);
  expect(deployment(objects, 'web-canary').spec.replicas).toBe(2);
});

describe('Workload.in', () => {
  function include(names: readonly string[]): Include {
    const folder = newFolder();
    const documents = names.map((name) => `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n`);
    const service = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n';
    writeFileSync(join(folder, 'app.yaml'), [service, ...documents].join('---\n'));
    return new Include(new Chart(newApp(), 'shop'), 'app', { url: join(folder, 'app.yaml') });
  }

  test('finds the Deployment of that name, not an object of another kind', () => {
    expect(Workload.in(include(['api', 'web']), 'web')).toMatchObject({ kind: 'Deployment', name: 'web' });
  });

  test('a name that is not there: the error names those that are', () => {
    expect(() => Workload.in(include(['api', 'web']), 'wbe')).toThrow(
      'shop/app: name: there is no Deployment wbe; allowed: api, web. To fix: add the Deployment, or correct the name.',
    );
    expect(() => Workload.in(include([]), 'web')).toThrow('allowed: a Deployment (there is none)');
  });
});
