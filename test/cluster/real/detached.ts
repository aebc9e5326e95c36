/** A release that is left to a Job, on the real API server: with the rights of deploy/, and a node that runs its pod. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { kinds } from '../../../lib/cluster';
import type { Manifest, Step } from '../../../lib/core';
import { printRollout } from '../../../lib/kruise';
import { NodeAgent } from '../../stack/node-agent';
import { deployment, web, webBase } from '../app';
import { eventually, find, ingressKind, release, userApplies, type World } from '../world';
import type { real } from './world';

const root = join(__dirname, '..', '..', '..');
const graylane = [process.execPath, '--import', 'tsx', join(root, 'lib', 'cli', 'main.ts')] as const;

const rollout = (steps: readonly Step[]) => printRollout(web(steps).rollouts[0]!, 'v1beta1');

export interface DetachedScene {
  readonly world: () => World;
  readonly node: () => NodeAgent;
  /** `graylane up` of a version, as a process. */
  readonly up: (version: string, steps: readonly Step[], ...args: string[]) => Promise<Ended>;
  readonly run: (args: readonly string[]) => Promise<Ended>;
  readonly isOpen: () => Promise<boolean>;
  /** Who holds the rollout's Lease. */
  readonly holder: () => Promise<string | undefined>;
  /** Until the Job is over, and well. */
  readonly ends: () => Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Call in a `describe`: v1 is stable before each test. */
export function detachedScene(worlds: ReturnType<typeof real>): DetachedScene {
  let world: World;
  let node: NodeAgent;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'graylane-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    world = await worlds.make();
    const access = readFileSync(join(root, 'deploy', 'detached.yaml'), 'utf8');
    const objects = parseAllDocuments(access).map((document) => document.toJS() as Manifest);
    await userApplies(world, [...objects, ...webBase]);
    node = new NodeAgent(worlds.cluster(), world.namespace, graylane);
    await release(world, web([{ replicas: 1 }]));
  });
  afterEach(async ({ task }) => {
    await node.stop();
    if (task.result?.state === 'fail') console.error(node.output);
  });

  async function isOpen(): Promise<boolean> {
    return (await find(world, ingressKind, 'web-canary')) !== undefined;
  }

  async function holder(): Promise<string | undefined> {
    const lease = await find(world, kinds.lease, 'graylane-rollout-web');
    return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }

  /** The Job is over, and well. */
  async function ends(): Promise<void> {
    await eventually(world, 'the end of the Job', async () => {
      const jobs = await world.user.list(kinds.job, { namespace: world.namespace });
      return jobs.every(({ status }) => (status as { succeeded?: number } | undefined)?.succeeded === 1);
    });
  }

  function up(version: string, steps: readonly Step[], ...args: string[]): Promise<Ended> {
    const file = join(folder, `${world.namespace}-${version}.yaml`);
    const objects = [deployment('web', { version }), rollout(steps)];
    writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
    return run(['up', '-f', file, ...args]);
  }

  function run(args: readonly string[]): Promise<Ended> {
    const [program, ...first] = graylane;
    const own = ['--kubeconfig', worlds.cluster().kubeconfig('graylane'), '-n', world.namespace];
    const child = spawn(program, [...first, ...args, ...own], { env: { ...process.env, NO_COLOR: '1' } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  }

  return { world: () => world, node: () => node, up, run, isOpen, holder, ends };
}
