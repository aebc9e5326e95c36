/** What passes a gate on the real engine, and what it makes of somebody else's steps. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { approvalOf } from '../cluster/approvals';
import { ours, versions } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { alone, approve, rolloutArgs } from './programs';
import { leftovers, scenes } from './suite';

const scene = scenes();

test('kubeconfig: by argument, else by configuration, else by environment; approvals by configuration too', async () => {
  const { another, namespace, kubeconfig } = await scene();
  const stack = await another({ KUBECONFIG: '/nowhere' });
  const text = readFileSync(kubeconfig, 'utf8');
  await stack.configure('kubernetes:kubeconfig', text);
  await stack.up(alone(namespace, 'v1'));
  const { outputs } = await stack.up(alone(namespace, 'v2'));
  expect(outputs).toEqual({ stage: 'step-1/canary', gate: approvalOf('rollout-a#1/step-1') });
  await stack.configure('graylane:approve', outputs.gate as string);
  expect((await stack.upAsShown(alone(namespace, 'v2'))).outputs).toMatchObject({ stage: 'stable' });
  await stack.configure('kubernetes:kubeconfig', text.replace(/server: .*/, 'server: https://127.0.0.1:1'));
  const given = alone(namespace, 'v3', { kubeconfig: text });
  expect((await stack.upAsShown(given)).outputs).toMatchObject({ gate: approvalOf('rollout-a#2/step-1') });
});

test("a timed gate within one update; advance: 'onUp' from update to update", async () => {
  const { stack, namespace } = await scene();
  const timed = { steps: [{ replicas: 1, pause: { duration: 1 } }] };
  await stack.up(alone(namespace, 'v1', timed));
  expect((await stack.upAsShown(alone(namespace, 'v2', timed))).outputs).toMatchObject({ stage: 'stable' });

  const onUp = { steps: [{ replicas: 1 }, { replicas: 2 }], advance: 'onUp' as const };
  const gates = [];
  for (let i = 0; i < 3; i++) gates.push((await stack.upAsShown(alone(namespace, 'v3', onUp))).outputs.gate);
  expect(gates).toEqual([approvalOf('rollout-a#2/step-1'), approvalOf('rollout-a#2/step-2'), '']);
  expect((await stack.up(alone(namespace, 'v3', onUp))).changes).toEqual({ same: 2 });
});

test('a saved plan fits the very next update, and no other', async () => {
  const { stack, world, namespace } = await scene();
  await stack.up(alone(namespace, 'v1'));
  const upWithPlan = await stack.savePlan(alone(namespace, 'v2'));
  await upWithPlan();
  expect(await ours(world)).toEqual(['Deployment spring-cloud-a-canary']);
  await expect(upWithPlan()).rejects.toThrow(/rollout-a violates plan/);
  await expect(upWithPlan(approve('rollout-a#1/step-1'))).rejects.toThrow(/rollout-a violates plan/);
  expect(await ours(world)).toEqual(['Deployment spring-cloud-a-canary']);
});

test('somebody goes on with the command line: preview, update, refresh and destroy know', async () => {
  const { stack, world, namespace, kubeconfig } = await scene();
  const program = (version: string) => alone(namespace, version);
  const graylane = (version: string, approval: string) =>
    runCommand(manifests(namespace, version), kubeconfig, '--approve', approval);
  await stack.up(program('v1'));
  graylane('v2', (await stack.up(program('v2'))).outputs.gate as string);
  expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2']);
  expect((await stack.upAsShown(program('v2'), approve('rollout-a#1/step-1'))).outputs).toMatchObject({
    stage: 'stable',
  });
  expect((await stack.upAsShown(program('v2'))).changes).toEqual({ same: 2 });

  graylane('v3', (await stack.up(program('v3'))).outputs.gate as string);
  expect((await stack.refresh()).changes).toMatchObject({ update: 1 });
  expect((await stack.upAsShown(program('v3'))).changes).toEqual({ same: 2 });
  expect(await ours(world)).toEqual([]);
  // Also what the command line has applied last was made by this stack.
  await stack.destroy();
  expect(await leftovers(world)).toEqual([]);
});

/** The packed command line, as it was installed with the resources. */
function runCommand(objects: readonly object[], kubeconfig: string, ...options: string[]): void {
  const folder = inject('pulumiProject');
  const file = join(mkdtempSync(join(folder, 'manifests-')), 'rollout.yaml');
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const graylane = join(folder, 'node_modules/.bin/graylane');
  execFileSync(graylane, ['up', '-f', file, '--kubeconfig', kubeconfig, ...options], { stdio: 'pipe' });
}

/** What the program of one rollout declares, for the command line. */
function manifests(namespace: string, version: string): object[] {
  const { steps, patchPodTemplateMetadata } = rolloutArgs(namespace, 'spring-cloud-a', version);
  const { metadata, spec } = workload('spring-cloud-a', version);
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'spring-cloud-a' };
  const canary = { enableExtraWorkloadForCanary: true, steps, patchPodTemplateMetadata };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, namespace }, spec },
    {
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: 'rollout-a', namespace },
      spec: { workloadRef, strategy: { canary } },
    },
  ];
}
