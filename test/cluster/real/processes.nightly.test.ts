/** R6: ten processes at once on one lane, twenty times, one of each ten killed; the end is that of one after the other. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../../lib/core';
import { deployment, sampleBase, TAG_LABELS } from '../app';
import { getDeployment, ours, userApplies, usersObjects, versions, type World } from '../world';
import { real } from './world';

const ROUNDS = 20;
const AT_ONCE = 10;
const rollouts = ['rollout-a', 'rollout-b'] as const;
/** Stable, a gate, what a user has to mend or was told about another run, interrupted. Not 70, a fault of ours. */
const CODES = [0, 1, 3, 4];

const root = join(__dirname, '..', '..', '..');
const built = join(root, '.cache', 'processes');
const worlds = real();
let folder: string;
let world: World;

beforeAll(async () => {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const compiled = spawnSync(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(built, 'build')], {
    encoding: 'utf8',
  });
  expect(compiled.stdout + compiled.stderr).toBe('');
  copyFileSync(join(root, 'package.json'), join(built, 'package.json'));
  folder = mkdtempSync(join(tmpdir(), 'graylane-'));
  world = await worlds.make();
  await userApplies(world, sampleBase);
  for (const version of ['v1', 'v2']) writeFileSync(fileOf(version), manifestsAt(version));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`R6 ${AT_ONCE} processes at once on one lane, ${ROUNDS} times`, async () => {
  for (const rollout of rollouts)
    expect(await graylane('v1', '--rollout', rollout)).toMatchObject({ code: 0, err: '' });
  const users = await usersObjects(world);
  for (let round = 0; round < ROUNDS; round++) {
    const runs = Array.from({ length: AT_ONCE }, (_, i) => {
      return start('v2', '--rollout', rollouts[i % 2]!, ...(i % 5 === 4 ? ['--abort'] : []));
    });
    // Whichever has got somewhere by then: each round another.
    const victim = runs[round % AT_ONCE]!;
    victim.process.stdout?.once('data', () => victim.process.kill('SIGKILL'));
    for (const [i, run] of runs.entries()) {
      const { code, err } = await run.ended;
      expect(i === round % AT_ONCE ? [...CODES, null] : CODES, err).toContain(code);
      expect(err).not.toMatch(/\n {4}at /);
    }
    for (const rollout of rollouts)
      expect(await graylane('v1', '--rollout', rollout, '--abort')).toMatchObject({ code: 0 });
    for (const name of ['spring-cloud-a', 'spring-cloud-b']) {
      expect(await versions(world, { app: name })).toEqual(['v1', 'v1', 'v1']);
      expect((await getDeployment(world, name)).spec.paused).toBeUndefined();
    }
    expect(await ours(world)).toEqual([]);
    expect(await usersObjects(world)).toEqual(users);
  }
});

interface Ended {
  /** null: killed. */
  readonly code: number | null;
  readonly err: string;
}

function graylane(version: string, ...args: string[]): Promise<Ended> {
  return start(version, ...args).ended;
}

function start(version: string, ...args: string[]): { process: ChildProcess; ended: Promise<Ended> } {
  const own = ['--kubeconfig', worlds.cluster().kubeconfig('graylane'), '-n', world.namespace];
  const main = join(built, 'build', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, 'up', '-f', fileOf(version), ...args, ...own], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let err = '';
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  return { process: child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, err }))) };
}

function fileOf(version: string): string {
  return join(folder, `${version}.yaml`);
}

function manifestsAt(version: string): string {
  const workloads = ['spring-cloud-a', 'spring-cloud-b'];
  const objects = [
    ...workloads.map((name) => deployment(name, { version })),
    ...rollouts.map((name, i) => rollout(name, workloads[i]!)),
    lane,
  ];
  return objects.map((object) => stringify(object)).join('---\n');
}

function rollout(name: string, workload: string): Manifest {
  const canary = {
    enableExtraWorkloadForCanary: true,
    steps: [{ replicas: 1, pause: {} }],
    patchPodTemplateMetadata: { labels: TAG_LABELS },
    trafficRoutingRef: 'mse-traffic',
  };
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name },
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload }, strategy: { canary } },
  };
}

const lane: Manifest = {
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'TrafficRouting',
  metadata: { name: 'mse-traffic' },
  spec: {
    objectRef: [
      { service: 'spring-cloud-a', gracePeriodSeconds: 1, ingress: { classType: 'mse', name: 'spring-cloud-a' } },
    ],
    strategy: {
      matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    },
  },
};
