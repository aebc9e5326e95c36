import { Testing } from 'cdk8s';
import type { StageName } from 'graylane';
import { expect, test } from 'vitest';
import { Shop } from './shop';

const running = new Shop(Testing.app(), 'example.com/shop/web:v1');
const { rollout } = new Shop(Testing.app(), 'example.com/shop/web:v2');

function objectAt(stage: StageName, kind: string, name: string) {
  const objects = rollout.at(stage, { stable: running.web });
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

const image = (tag: string) => ({ template: { spec: { containers: [{ image: `example.com/shop/web:${tag}` }] } } });

test('at the first gate 5% of the requests go to one pod of v2', () => {
  expect(objectAt('step-1', 'Deployment', 'web-canary')).toMatchObject({ spec: { replicas: 1, ...image('v2') } });
  expect(objectAt('step-1', 'Ingress', 'web-canary')).toMatchObject({
    metadata: { annotations: { 'nginx.ingress.kubernetes.io/canary-weight': '5' } },
  });
});

test('everybody else is on v1 until the promotion', () => {
  expect(objectAt('step-2', 'Deployment', 'web')).toMatchObject({ spec: { replicas: 4, ...image('v1') } });
  expect(objectAt('promote/stable', 'Deployment', 'web')).toMatchObject({ spec: image('v2') });
});

test.each(rollout.stages)('the canary is there between start and stable only (%s)', (stage) => {
  const canary = objectAt(stage, 'Deployment', 'web-canary');
  expect(canary === undefined).toBe(stage === 'start' || stage === 'stable');
});

test('the first gate is as it was reviewed', () => {
  expect(rollout.at('step-1', { stable: running.web })).toMatchSnapshot();
});
