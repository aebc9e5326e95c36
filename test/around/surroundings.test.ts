/** A check finds the objects that it looks at without looking at all of an app: no other ones, and none less. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checks, type Manifest, selects } from 'graylane';
import { Surroundings } from '../../lib/core/around/surroundings';

const otherPods = checks.find(({ name }) => name === 'other-pods')!;
const quota = checks.find(({ name }) => name === 'quota')!;

const words = fc.constantFrom('a', 'b', 'c');
const labels = fc.dictionary(words, words, { maxKeys: 3 });
const deployments = fc
  .array(fc.record({ labels, namespace: fc.constantFrom(undefined, 'shop') }), { maxLength: 12 })
  .map((all) =>
    all.map(({ labels, namespace }, i): Manifest => {
      const metadata = { name: `web-${i}`, ...(namespace !== undefined && { namespace }) };
      return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { metadata: { labels } } } };
    }),
  );

function labelsOf({ spec }: Manifest): Record<string, string> {
  return (spec as { template: { metadata: { labels: Record<string, string> } } }).template.metadata.labels;
}

test('of the workloads of a namespace all that a Service selects, in the order of the app', () => {
  fc.assert(
    fc.property(deployments, fc.array(labels, { maxLength: 3 }), (objects, selectors) => {
      const services = selectors.map((selector) => ({ selector }));
      const keys = otherPods.foundBy!.keysFor({ services } as never);
      const found = new Surroundings(objects, checks).of(otherPods, 'shop', keys);
      const selected = objects.filter(
        (object) =>
          object.metadata.namespace === 'shop' && selectors.some((selector) => selects(selector, labelsOf(object))),
      );
      expect(found).toEqual(found.filter((object) => objects.includes(object)).sort(inOrderOf(objects)));
      expect(found).toEqual(expect.arrayContaining(selected));
    }),
  );
});

test('of a thousand workloads that nothing else selects, a release looks at its own', () => {
  const objects = Array.from({ length: 1000 }, (_, i): Manifest => {
    const template = { metadata: { labels: { app: `web-${i}` } } };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `web-${i}` }, spec: { template } };
  });
  const around = new Surroundings(objects, checks);
  const keys = otherPods.foundBy!.keysFor({ services: [{ selector: { app: 'web-7' } }] } as never);
  expect(around.of(otherPods, undefined, keys)).toEqual([objects[7]]);
  expect(around.of(quota, undefined, quota.foundBy!.keysFor({} as never))).toEqual([]);
  expect(around.all).toHaveLength(1000);
});

test.each([undefined, null, 'text', 7, [], { template: null }, { template: { metadata: null } }])(
  'a spec that nobody has checked is looked at: %j',
  (spec) => {
    const odd: Manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'odd' }, spec };
    expect(new Surroundings([odd], checks).of(otherPods, undefined, ['app=web'])).toEqual([]);
  },
);

function inOrderOf(objects: readonly Manifest[]) {
  return (a: Manifest, b: Manifest) => objects.indexOf(a) - objects.indexOf(b);
}
