/** Two namespaces of one input that call everything alike. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { detachedRelease } from '../../lib/cli/commands/detached';
import { declare, toApply } from '../../lib/cli/input/declarations';
import { parseFiles } from '../../lib/cli/input/documents';
import { declaredDigest } from '../../lib/cluster';
import type { Manifest } from '../../lib/core';
import { printRollout, printTrafficRouting } from '../../lib/kruise';
import { deployment, lane, laneRollout } from '../cluster/app';

const inNamespace = (namespace: string, version: string): Manifest[] => {
  const { metadata, ...workload } = deployment('web', { version });
  return [
    { ...workload, metadata: { ...metadata, namespace } },
    printTrafficRouting({ ...lane, namespace, requestHeaderModifier: { set: [{ name: 'x-lane', value: namespace }] } }),
    printRollout(laneRollout('web', 'web', { namespace }), 'v1beta1'),
  ];
};

const declared = (version: string) => {
  const objects = [...inNamespace('shop', 'v1'), ...inNamespace('stage', version)];
  const text = objects.map((object) => stringify(object)).join('---\n');
  return declare(parseFiles([{ file: 'all.yaml', text }]));
};
const requestOf = (input: ReturnType<typeof declared>) =>
  ({ declarations: toApply(input), namespace: 'default', rollout: 'stage/web' }) as const;

test('a Job gets what is declared in the namespace of its rollout', () => {
  const input = declared('v2');
  const { manifests } = detachedRelease(requestOf(input), input, 'graylane:0.1.0');
  expect(manifests).toContain('shop/web:v2');
  expect(manifests).toContain('"value":"stage"');
  expect(manifests).not.toContain('"namespace":"shop"');
});

test('a change in one namespace is another declaration there', () => {
  expect(declaredDigest(requestOf(declared('v2')))).not.toBe(declaredDigest(requestOf(declared('v3'))));
});
