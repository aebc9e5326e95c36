/** `graylane up` and `graylane status` as processes against the real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { kinds } from '../../../lib/cluster';
import type { Manifest } from '../../../lib/core';
import { printRollout } from '../../../lib/kruise';
import { sample } from '../../cli/fixtures';
import { deployment, web, webBase } from '../app';
import { withoutIds } from '../approvals';
import { eventually, userApplies, type World } from '../world';
import { real } from './world';

const worlds = real();
const main = join(__dirname, '..', '..', '..', 'lib', 'cli', 'main.ts');

/** A kubeconfig of a server that is not there. */
const nowhere = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'nowhere',
  contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
  clusters: [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: { token: 'none' } }],
};

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const rollout = printRollout(web([{ replicas: 1, traffic: '20%', pause: {} }]).rollouts[0]!, 'v1beta1');

describe('the commands', () => {
  let world: World;
  let manifests: string;
  beforeAll(async () => {
    world = await worlds.make();
    manifests = mkdtempSync(join(tmpdir(), 'graylane-'));
    await userApplies(world, webBase);
  });

  afterAll(() => rmSync(manifests, { recursive: true, force: true }));

  test('up: 0 when stable, 3 at a gate, 4 at a deadline, 0 when promoted', async () => {
    expect(await up('v1')).toMatchObject({ code: 0 });
    const waiting = await up('v2');
    expect(waiting).toMatchObject({ code: 3 });
    expect(waiting.err).toMatch(
      /^warning: web: Deployment \S+ has no readinessProbe .*\nwarning: web: .* no lifecycle\.preStop .*\n$/,
    );
    expect(waiting.out).toMatch(/web: step-1\/canary\n {2}updated Deployment \S+\/web\n/);
    expect(withoutIds(waiting.out)).toContain(
      'web waits at step-1; to go on: --approve web#1/step-1, to go back: --abort',
    );
    expect((await graylane('status')).code).toBe(3);
    const stuck = await up('broken', '--timeout', '4');
    expect(stuck.code).toBe(4);
    expect(stuck.err).toMatch(/^error: web: step-1\/canary: canary web-canary: 0\/1 ready: pod \S+ \w*ImagePull/);
    expect((await graylane('status')).code).toBe(4);
    const again = await up('v2');
    expect(again).toMatchObject({ code: 3 });
    const [gate = ''] = /web#3-\w+\/step-1/.exec(again.out) ?? [];
    const misspelt = await up('v2', '--approve', gate.replace('web', 'wbe'));
    expect(misspelt.code).toBe(1);
    expect(misspelt.err).toContain('is of none of these rollouts (approval-unmatched)\n  allowed: web\n');
    expect(await up('v2', '--approve', gate)).toMatchObject({ code: 0 });
    const status = await graylane('status');
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toMatch(/\/web {2}stable\n└─ stable {2}Deployment web {2}3\/3 ready\n/);
  });

  test('up -o json: one event a line, the outcome last; approvals from the environment', async () => {
    const { out } = await up('v3', '-o', 'json');
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { is: string; gate?: { approval: string } });
    expect(events.map(({ is }) => is)).toEqual(expect.arrayContaining(['stage', 'changed', 'outcome']));
    const { gate } = events.at(-1)!;
    expect((await run(['up', ...where('v3')], { GRAYLANE_APPROVE: gate!.approval }).ended).code).toBe(0);
  });

  test('the story can be read with kubectl describe', async () => {
    const events = await world.user.list(kinds.event, { namespace: world.namespace });
    const messages = events.filter(({ reason }) => reason === 'Release').map(({ message }) => message);
    expect(messages).toContainEqual(
      expect.stringMatching(/^release 1 of web: step-1\/route \(Deployment web-canary ready at /),
    );
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
  ] as const)(
    'interrupted by %s: says how to go on, gives its Lease back, and the next run goes on',
    async (signal, code) => {
      const { process, ended, seen } = run(['up', ...where('unready')]);
      await eventually(world, 'the wait for the canary', async () => /waiting: canary/.test(seen()));
      process.kill(signal);
      const { code: ending, err } = await ended;
      expect(ending).toBe(code);
      expect(err).toMatch(
        /^error: web: step-1\/canary: stopped by SIG\w+ \(interrupted\)\n {2}to fix: {2}run the same command again/m,
      );
      const lease = await world.user.get({ ...kinds.lease, name: 'graylane-rollout-web', namespace: world.namespace });
      expect((lease?.spec as { holderIdentity?: string }).holderIdentity).toBeUndefined();
      expect(await up('v3')).toMatchObject({ code: 0 });
    },
  );

  test('killed with SIGKILL: the next run waits for the Lease to expire, and goes on', async () => {
    const { process, ended, seen } = run(['up', ...where('v4')]);
    await eventually(world, 'the first stage', async () => /step-1\/canary/.test(seen()));
    process.kill('SIGKILL');
    await ended;
    expect(await up('v4', '--abort')).toMatchObject({ code: 0 });
    expect(
      await world.user.get({ ...kinds.deployment, name: 'web-canary', namespace: world.namespace }),
    ).toBeUndefined();
  });

  test('no server: an error within seconds, with the address', async () => {
    const kubeconfig = join(manifests, 'nowhere.yaml');
    writeFileSync(kubeconfig, stringify(nowhere));
    const { code, err } = await run(['up', '-f', write('v4'), '--kubeconfig', kubeconfig]).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/error: web: https:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/);
  });

  test("the seed's own YAML, from files", async () => {
    const files = ['-f', ...sample('v1alpha1')];
    const texts = sample()
      .slice(0, 2)
      .map((file) => readFileSync(file, 'utf8'));
    const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
    await userApplies(
      world,
      objects.filter(({ kind }) => kind !== 'Deployment'),
    );
    expect((await graylane('up', ...files)).code).toBe(0);
    expect((await graylane('status')).out).toMatch(/^lane \S+\/mse-traffic {2}closed\n├─ \S+\/rollout-a {2}stable\n/);
  });

  function up(version: string, ...args: string[]): Promise<Ended> {
    return graylane('up', ...where(version), ...args);
  }

  function where(version: string): string[] {
    return ['-f', write(version)];
  }

  function write(version: string): string {
    const file = join(manifests, `${version}.yaml`);
    writeFileSync(file, [deployment('web', { version }), rollout].map((object) => stringify(object)).join('---\n'));
    return file;
  }

  function graylane(...args: string[]): Promise<Ended> {
    return run(args).ended;
  }

  function run(
    args: string[],
    env: Record<string, string> = {},
  ): { process: ChildProcess; ended: Promise<Ended>; seen: () => string } {
    const own = args.includes('--kubeconfig') ? [] : ['--kubeconfig', worlds.cluster().kubeconfig('graylane')];
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args, ...own, '-n', world.namespace], {
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
    return { process: child, ended, seen: () => out };
  }
});
