/** The sample whose hop is routed by a mesh, at the stages of a release of the hop. */
import { Testing } from 'cdk8s';
import { isDeployment, type PodTemplate, type StageName } from 'graylane';
import { expect, test } from 'vitest';
import { MeshCanary } from '../../examples/mesh/sample';
import { added, object, synth } from './fixtures';

const B = 'HTTPRoute/spring-cloud-b';
const [v1, v2] = ['v1', 'v2'].map((version) => `example.com/shop/spring-cloud-b:${version}`) as [string, string];

function at(stage?: StageName, image = v2) {
  const app = Testing.app();
  new MeshCanary(app, { image, stage, stable: stage === undefined ? undefined : stable });
  return synth(app);
}

const before = at(undefined, v1);
const stable: PodTemplate = [...before.values()]
  .filter(isDeployment)
  .find(({ metadata }) => metadata.name === 'spring-cloud-b')!.spec.template;
const workload = ['Deployment/spring-cloud-b-canary', 'Service/spring-cloud-b-canary'];
const routes = ['HTTPRoute/spring-cloud-a-canary', `${B}-canary`];

test.each<[StageName, string[]]>([
  ['start', []],
  ['step-1/canary', workload],
  ['step-1/warm', [...workload, `${B}-warm-up`]],
  ['step-1/route', [...workload, ...routes, `${B}-warm-up`]],
  ['promote/stable', [...workload, ...routes, `${B}-warm-up`]],
  ['promote/unroute', [...workload, `${B}-warm-up`]],
  ['stable', []],
])('%s: what is there beside the app', (stage, expected) => {
  expect(added(before, at(stage)).sort()).toEqual([...expected].sort());
});

test('tagged calls of b go to its canary, by a route of the same parent', () => {
  const objects = at('step-1/route');
  expect(object(objects, `${B}-canary`).spec).toEqual({
    parentRefs: [{ group: '', kind: 'Service', name: 'spring-cloud-b', port: 80 }],
    rules: [
      {
        matches: [{ headers: [{ name: 'x-lane', type: 'Exact', value: 'beta' }] }],
        backendRefs: [{ name: 'spring-cloud-b-canary', port: 80 }],
      },
    ],
  });
  expect(object(objects, B)).toEqual(before.get(B));
});
