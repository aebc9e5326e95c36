/** `graylane simulate`, and the tree that it and `graylane status` draw. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { show } from '../../lib/cli/commands/simulate';
import { statusTree } from '../../lib/cli/output/status-tree';
import { readStatus } from '../../lib/cluster';
import { isDeployment, type Manifest } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { graylane, sample as files } from '../cli/fixtures';
import { deployment, sample, sampleBase, web, webBase } from './app';
import { withoutIds } from './approvals';
import { simulated } from './simulated.world';
import { release, userApplies } from './world';

const ESCAPE = '\u001b';
const simulate = (...args: string[]) => graylane(['simulate', '-f', ...files(), ...args]);
const stages = (out: string) => out.split('\n').filter((line) => /^rollout-\w: /.test(line));

describe('graylane simulate', () => {
  test.each(['v1alpha1', 'v1beta1'] as const)('plays the sample to its end (%s)', async (version) => {
    const { code, out } = await graylane(['simulate', '-f', ...files(version)]);
    expect(code).toBe(0);
    expect(stages(out)).toEqual(
      ['rollout-a', 'rollout-b'].flatMap((name) =>
        ['step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute', 'stable'].map((id) => `${name}: ${id}`),
      ),
    );
    expect(out).toMatch(/rollout-a is stable[\s\S]*rollout-b is stable/);
  });

  test('one rollout of several', async () => {
    expect((await simulate('--rollout', 'rollout-b')).out).not.toContain('rollout-a:');
  });

  test.each([
    ['canary', /0\/1 ready: pod \S+ ImagePullBackOff/, ['step-1/canary', 'start']],
    ['unready', /0\/1 ready: pod \S+ ContainersNotReady/, ['step-1/canary', 'start']],
    [
      'stable',
      /promote\/stable: stable \S+ 1\/3 ready: pod \S+ ContainersNotReady/,
      ['step-1/canary', 'step-1/route', 'promote/stable', 'abort/stable', 'abort/unroute', 'start'],
    ],
  ])('--fail %s: why, and the way back', async (what, why, ids) => {
    const { code, out } = await simulate('--rollout', 'rollout-a', '--fail', what);
    expect(code).toBe(4);
    expect(out).toMatch(why);
    expect(stages(out)).toEqual(ids.map((id) => `rollout-a: ${id}`));
    expect(out).toMatch(/rollout-a is stable at \w+\n$/);
  });

  test.each(['5f7d8', ''])('a pod-template-hash %j that was copied out of a cluster is no obstacle', async (hash) => {
    const labels = `labels: {app: web, pod-template-hash: "${hash}"}`;
    const input = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {${labels}}, spec: {containers: [{name: main, image: "example.com/web:v1"}]}}
---
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: web}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  strategy: {canary: {enableExtraWorkloadForCanary: true, steps: [{replicas: 1}]}}
`;
    const { code, out } = await graylane(['simulate', '-f', '-'], { input });
    expect([code, out.split('\n').at(-2)]).toEqual([0, expect.stringContaining('web is stable')]);
  });

  test.each<[string, object, object]>([
    ['its fields of the server', { uid: 'abc', resourceVersion: '5', generation: 3 }, { replicas: 3 }],
    ['who wrote it', { managedFields: [{ manager: 'kubectl' }], creationTimestamp: '2026-01-01T00:00:00Z' }, {}],
    ['its revision', { annotations: { 'deployment.kubernetes.io/revision': '4' }, resourceVersion: '5' }, {}],
  ])('a dump of a cluster is no obstacle: %s', async (_, fields, status) => {
    const dumped = (object: Manifest) => ({ ...object, metadata: { ...object.metadata, ...fields }, status });
    const { rollouts } = web([{ replicas: 1, traffic: '20%' }]);
    const all = [...[deployment('web'), ...webBase].map(dumped), printRollout(rollouts[0]!, 'v1beta1')];
    const input = all.map((one) => stringify(one)).join('---\n');
    const { code, out } = await graylane(['simulate', '-f', '-'], { input });
    expect(code).toBe(0);
    expect(out).toMatch(/web is stable at \w+\n$/);
  });

  test('wrong input is an error as everywhere', async () => {
    const { code, err } = await graylane(['simulate', '-f', 'none.yaml']);
    expect(code).toBe(1);
    expect(err).toContain('none.yaml');
  });

  test('draws the tree over itself in a terminal, and leaves the end', async () => {
    let drawn = '';
    const out = { write: (text: string) => void (drawn += text), colour: true };
    const after = sample({ a: { version: 'v2' } });
    const declarations = { ...after, objects: [...sampleBase, ...after.objects], rollouts: after.rollouts.slice(0, 1) };
    const before = sample().objects.filter(isDeployment).slice(0, 1);
    await show({ declarations, before }, { out, err: { ...out, write: () => {} } }, 1000);
    expect(drawn).toContain(`${ESCAPE}[?7l`);
    const plain = drawn
      .split(ESCAPE)
      .map((part) => part.replace(/^\[\??[0-9;]*[A-Za-z]/, ''))
      .join('');
    expect(plain.slice(plain.lastIndexOf('lane default/mse-traffic'))).toMatch(
      /closed[\s\S]*3\/3 ready[\s\S]*is stable/,
    );
  });
});

describe('the tree of graylane status', () => {
  test('a lane, its rollouts, their pods, and what is waited for', async () => {
    const world = await simulated.make();
    await userApplies(world, sampleBase);
    for (const rollout of ['rollout-a', 'rollout-b']) await release(world, sample(), { rollout });
    await release(world, sample({ a: { version: 'v2' } }), { rollout: 'rollout-a' });
    const status = await readStatus(world, world.namespace);
    expect(withoutIds(statusTree(status, false)).replace(/-[0-9a-f]{10}-\w{5}/g, '-HASH')).toBe(
      `lane test-1/mse-traffic  open, held by rollout-a
├─ test-1/rollout-a  release 1: step-1/route  waits for rollout-a#1/step-1
│  ├─ stable  Deployment spring-cloud-a  3/3 ready, paused
│  │  ├─ ● spring-cloud-a-HASH
│  │  ├─ ● spring-cloud-a-HASH
│  │  └─ ● spring-cloud-a-HASH
│  └─ canary  Deployment spring-cloud-a-canary  1/1 ready
│     └─ ● spring-cloud-a-canary-HASH
└─ test-1/rollout-b  stable
   └─ stable  Deployment spring-cloud-b  3/3 ready
      ├─ ● spring-cloud-b-HASH
      ├─ ● spring-cloud-b-HASH
      └─ ● spring-cloud-b-HASH
`,
    );
  });

  test('a release that was stopped, and why its canary is not ready', async () => {
    const world = await simulated.make();
    await userApplies(world, sampleBase);
    await release(world, sample(), { rollout: 'rollout-a' });
    const stopped = release(world, sample({ a: { version: 'broken' } }), { rollout: 'rollout-a', timeout: 5 });
    await expect(stopped).rejects.toMatchObject({ code: 'deadline' });
    const tree = statusTree(await readStatus(world, world.namespace), false);
    expect(tree).toMatch(/release 1: step-1\/canary {2}stopped; the next `graylane up` goes on/);
    expect(tree).toMatch(/canary {2}Deployment spring-cloud-a-canary {2}0\/1 ready\n.*○ \S+ {2}ImagePullBackOff/);
  });

  test('nothing at all', async () => {
    const world = await simulated.make();
    expect(statusTree(await readStatus(world, world.namespace), false)).toBe('no rollouts\n');
  });
});
