/** How updates fail on the real engine: what the user reads, on the right resource, and what is kept. */
import { readFileSync } from 'node:fs';
import type { types } from '@pulumi/kubernetes';
import { describe, expect, test } from 'vitest';
import { acquire } from '../../lib/cluster';
import { engineOf, ours, versions } from '../cluster/world';
import type { CanaryRolloutArgs } from '../../lib/pulumi';
import { alone, approve, type Program, rolloutArgs, sample } from './programs';
import type { ReleaseStack } from './release';
import { scenes } from './suite';

const scene = scenes();

describe('an update that fails', () => {
  test('because the canary does not get ready: says why, keeps all outputs, and the next one goes on', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(sample(namespace));
    const broken = sample(namespace, { a: 'broken', over: { timeout: 5 } });
    const failed = await stack.upFails(broken);
    expect(failed).toMatch(/CanaryRollout \(rollout-a\):\n/);
    expect(failed).toMatch(
      /\* rollout-a: step-1\/canary: canary spring-cloud-a-canary: 0\/1 ready: pod \S+ \w*ImagePull.*\(deadline\)/,
    );
    const kept = await outputsOf(stack, 'rollout-a');
    expect(kept).toMatchObject({ stage: 'step-1/canary', workload: { metadata: { name: 'spring-cloud-a' } } });
    await stack.refresh();
    expect((await stack.preview(broken)).changes).toMatchObject({ update: 1 });
    const next = await stack.upAsShown(sample(namespace, { a: 'v2' }));
    expect(next.outputs).toMatchObject({ a: { stage: 'step-1/route' }, b: { stage: 'stable' } });
    expect(await versions(world, { 'graylane.io/track': 'canary' })).toEqual(['v2']);
    expect((await stack.up(sample(namespace, { a: 'v2' }))).changes).toEqual({ same: 4 });
  });

  test('because the server is away: previews with a warning, fails within its time, wipes nothing', async () => {
    const { stack, namespace, kubeconfig } = await scene();
    const config = (server?: string) => {
      const text = readFileSync(kubeconfig, 'utf8');
      return server === undefined ? text : text.replace(/server: .*/, `server: ${server}`);
    };
    const program = (version: string, server?: string): Program =>
      sample(namespace, { a: version, over: { kubeconfig: config(server) } });
    await stack.up(program('v1'));
    const away = await stack.preview(program('v2', 'https://127.0.0.1:1'));
    expect(away.text).toMatch(/what it does is not known: .*ECONNREFUSED/);
    expect(await stack.upFails(program('v2', 'https://127.0.0.1:1'))).toMatch(
      /rollout-[ab]: .*ECONNREFUSED.*\(unreachable\)/,
    );
    expect(await outputsOf(stack, 'rollout-a')).toMatchObject({ stage: 'stable' });
    expect((await stack.up(program('v2'))).outputs).toMatchObject({ a: { stage: 'step-1/route' } });
  });

  test('because the user may not: says which permission', async () => {
    const { stack, cluster } = await scene();
    const foreign = await cluster.newNamespace();
    expect(await stack.upFails(alone(foreign, 'v1'))).toMatch(
      /\* ?rollout-a: .*403 Forbidden.*missing is the rule.*\(forbidden\)|error: rollout-a: .*403 Forbidden.*missing is the rule.*\(forbidden\)/,
    );
  });

  test('because of a bad spec or a lane that is not there: the preview tells the first, the update both', async () => {
    const { stack, namespace } = await scene();
    const bad = alone(namespace, 'v1', { steps: [{ replicas: '0%' }] });
    await expect(stack.preview(bad)).rejects.toThrow(/steps\[0\]\.replicas: "0%" is not possible/);
    expect(await stack.upFails(alone(namespace, 'v1', { lane: 'none' }))).toMatch(/lane-not-found/);
  });

  test('R6 because somebody else is at it: says who and since when, in seconds; then goes on', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(alone(namespace, 'v1'));
    const held = await acquire(engineOf(world), {
      name: 'graylane-rollout-rollout-a',
      rollout: 'rollout-a',
      namespace,
      labels: {},
      patience: 0,
    });
    const failed = await stack.upFails(alone(namespace, 'v2'));
    expect(failed).toMatch(/CanaryRollout \(rollout-a\):\n/);
    expect(failed).toMatch(/held by \w+ since \d{4}-\S+\. To fix: .*\(lease-held\)/);
    await held.release();
    expect((await stack.upAsShown(alone(namespace, 'v2'))).outputs).toMatchObject({ stage: 'step-1/canary' });
  });

  test('of another cluster in mid-release: the preview tells, and nothing moves', async () => {
    const { stack, world, namespace, kubeconfig } = await scene();
    const text = readFileSync(kubeconfig, 'utf8');
    await stack.up(alone(namespace, 'v1', { kubeconfig: text }));
    await stack.up(alone(namespace, 'v2', { kubeconfig: text }));
    // The same server by a name that its certificate does not have.
    const elsewhere = text
      .replace('127.0.0.1', 'localhost')
      .replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true');
    const other = alone(namespace, 'v2', { kubeconfig: elsewhere });
    await expect(stack.preview(other)).rejects.toThrow(
      /rollout-a: its cluster would change at step-1\/canary.*\(cluster-changed\)/,
    );
    expect(await stack.upFails(other)).toMatch(/\(cluster-changed\)/);
    expect(await outputsOf(stack, 'rollout-a')).toMatchObject({ stage: 'step-1/canary' });
    expect(await ours(world)).toEqual(['Deployment spring-cloud-a-canary']);
  });

  test('R16 because of a secret within the workload', async () => {
    const { stack, namespace } = await scene();
    const program: Program = async ({ graylane: { CanaryRollout }, pulumi }) => {
      const { workload, ...args } = rolloutArgs(namespace, 'spring-cloud-a', 'v1');
      const metadata = { name: 'spring-cloud-a', namespace, annotations: { note: pulumi.secret('hunter2') } };
      new CanaryRollout('rollout-a', { ...args, workload: { ...workload, metadata } });
    };
    const failed = await stack.upFails(program);
    expect(failed).toMatch(/workload-secret/);
    expect(failed).not.toContain('hunter2');
  });
});

test('`undefined` anywhere in the arguments is as if it were not there', async () => {
  const { stack, namespace } = await scene();
  const { workload, ...args } = rolloutArgs(namespace, 'spring-cloud-a', 'v1');
  const { spec, template } = partsOf(workload);
  const empty = {
    ...spec,
    minReadySeconds: undefined,
    template: { ...template, spec: { ...template.spec, volumes: undefined } },
  };
  const over: Partial<CanaryRolloutArgs> = {
    ...args,
    metadata: { name: undefined },
    workload: { ...workload, spec: empty as never },
    steps: [{ replicas: 1, traffic: undefined, pause: { duration: undefined } }],
    canaryLabel: undefined,
    trafficRoutings: undefined,
    kubeconfig: undefined,
    hold: undefined,
  };
  await stack.up(alone(namespace, 'v1', over));
  expect((await stack.upAsShown(alone(namespace, 'v1'))).outputs).toMatchObject({ stage: 'stable' });
});

test('inputs that are not known yet: the preview tells what may happen, and the update does it', async () => {
  const { stack, world, namespace } = await scene();
  // a's message is not known before the update when a changes.
  const program =
    (version: string): Program =>
    async ({ graylane: { CanaryRollout } }) => {
      const a = new CanaryRollout('rollout-a', rolloutArgs(namespace, 'spring-cloud-a', version));
      const { workload, ...args } = rolloutArgs(namespace, 'spring-cloud-b', 'v1');
      const { spec, template } = partsOf(workload);
      const metadata = { ...template.metadata, annotations: { message: a.message } };
      const b = new CanaryRollout('rollout-b', {
        ...args,
        workload: { ...workload, spec: { ...spec, template: { ...template, metadata } } },
      });
      return { b: b.stage };
    };
  await stack.up(program('v1'));
  const shown = await stack.preview(program('v2'));
  expect(shown.text).toMatch(
    /rollout-b: not known before the update\n.*stable's template: nothing happens\n.*another template: release 1/,
  );
  expect((await stack.up(program('v2'))).outputs).toMatchObject({ b: 'step-1/canary' });
  expect(await versions(world, { 'graylane.io/track': 'canary' })).toEqual(['v1', 'v2']);
});

test('R16 a kubeconfig that is a secret stays one: in the state, after a refresh, and in all that is shown', async () => {
  const { stack, namespace, kubeconfig } = await scene();
  const text = readFileSync(kubeconfig, 'utf8');
  const token = /token: (\S+)/.exec(text)![1]!;
  const program =
    (version: string): Program =>
    async (modules) =>
      sample(namespace, { a: version, over: { kubeconfig: modules.pulumi.secret(text) } })(modules);
  const shown = [
    await stack.up(program('v1')),
    await stack.preview(program('v2')),
    await stack.up(program('v2')),
    await stack.refresh(),
  ];
  await stack.up(program('v2'), approve('rollout-a#1/step-1'));
  expect(shown.map((one) => one.text).join('\n')).not.toContain(token);
  expect(stack.storedText()).toContain('ciphertext');
  expect(stack.storedText()).not.toContain(token);
});

async function outputsOf(stack: ReleaseStack, name: string): Promise<object> {
  return (await stack.resources()).find(({ urn }) => urn.endsWith(`::${name}`))!.outputs;
}

/** All of it is plain in these tests. */
function partsOf(workload: CanaryRolloutArgs['workload']) {
  const { spec } = workload as unknown as {
    spec: { selector: object; template: { metadata: object; spec: types.input.core.v1.PodSpec } };
  };
  return { spec, template: spec.template };
}
