/** Every front end tells all that the checks find, each finding once. */
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { Ledger } from 'graylane/cdk8s';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { writeProgress } from '../../lib/cli/terminal/progress';
import { type Progress, up } from '../../lib/cluster';
import { checks } from '../../lib/core';
import { WARNING } from '../../lib/cdk8s/warnings';
import { logPlan } from '../../lib/pulumi/resources/program-log';
import { Environment, record } from '../cdk8s/environment';
import { folderWith, graylane } from '../cli/fixtures';
import { simulated } from '../cluster/simulated.world';
import { engineOf, release, userApplies } from '../cluster/world';
import { scene } from '../pulumi/scene';
import type { Result } from '../pulumi/stack';
import {
  ambient,
  apart,
  around,
  cdk8sApp,
  declarations,
  expected,
  pulumiRollout,
  type Scene,
  unprotected,
  type Version,
  yaml,
} from './app';

afterEach(() => void vi.restoreAllMocks());

const joined: Scene = { around, expected };

/** Runs a command on the app's files. */
async function onFiles(scene: Scene, command: string, ...args: string[]) {
  const folder = folderWith({ 'app.yaml': yaml('v2', scene), 'running.yaml': yaml('v1', scene) });
  const ran = await graylane([command, '-f', 'app.yaml', '--stable', 'running.yaml', ...args], { folder });
  if (ran.code !== 0) throw new Error(ran.err);
  return ran;
}

const warningsIn = (text: string) => text.split('\n').filter((line) => line.startsWith('warning: '));

/** Lines on this process's stderr while something is done. */
async function onStderr(work: () => unknown): Promise<string[]> {
  let text = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await work();
  spy.mockRestore();
  return warningsIn(text);
}

function environment(scene: Scene): Environment<Version> {
  const made = new Environment<Version>((version) => cdk8sApp(version, { scene }).app);
  made.begin('v1');
  return made;
}

/** Runs `graylane advance` beside an app whose command leaves what a synthesis of v2 has recorded, with the ledger of v1. */
function project(scene: Scene): { advance: () => Promise<string> } {
  const { folder: ledgers } = environment(scene);
  const { app } = cdk8sApp('v2', { scene });
  Ledger.fromFolder(app, ledgers);
  const folder = folderWith({
    'declared.json': JSON.stringify(record(app)),
    'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n',
  });
  const env = process.env as Record<string, string>;
  return {
    advance: async () => {
      const { code, err } = await graylane(['advance', '--ledger', ledgers], { folder, env });
      if (code !== 0) throw new Error(err);
      return err;
    },
  };
}

async function liveRelease(scene: Scene): Promise<Progress[]> {
  const world = await simulated.make();
  await userApplies(world, scene.around);
  await release(world, declarations('v1', scene));
  const told: Progress[] = [];
  await up(engineOf(world, told), {
    declarations: declarations('v2', scene),
    namespace: world.namespace,
    timeout: 60,
  });
  return told;
}

async function stackAtV1(app: Scene) {
  const here = await scene();
  await userApplies(here.world, app.around);
  const stack = here.stack();
  await stack.up(pulumiRollout('v1', app));
  return { here, stack };
}

/** @throws what a stack's operation failed with */
function shown(result: Result): Result {
  if (result.error !== '') throw new Error(result.error);
  return result;
}

/** What each front end tells, a line for each warning. */
const frontEnds: Readonly<Record<string, (scene: Scene) => Promise<readonly string[]>>> = {
  plan: async (app) => warningsIn((await onFiles(app, 'plan')).err),
  'plan -o json': async (app) => wordsOf(JSON.parse((await onFiles(app, 'plan', '-o', 'json')).out)),
  render: async (app) => warningsIn((await onFiles(app, 'render', '--stage', 'step-1')).err),
  simulate: async (app) => warningsIn((await onFiles(app, 'simulate')).err),
  advance: async (app) => warningsIn(await project(app).advance()),
  'synth with a ledger': (app) => {
    const made = environment(app);
    made.advance('web', 'v2');
    return onStderr(() => made.synth('v2'));
  },
  'synth at a stage, as annotations': async (scene) => {
    const { app, rollout } = cdk8sApp('v2', { stage: 'step-1/canary', scene });
    await onStderr(() => app.synth());
    return rollout.node.metadata.filter(({ type }) => type === WARNING).map(({ data }) => data as string);
  },
  up: async (app) => {
    let err = '';
    const [out, other] = [() => {}, (text: string) => void (err += text)].map((write) => ({ write, colour: false }));
    for (const progress of await liveRelease(app)) writeProgress(progress, { out: out!, err: other! });
    return warningsIn(err);
  },
  'up -o json': async (app) =>
    (await liveRelease(app)).flatMap((one) => (one.is === 'warning' ? wordsOf({ warnings: [one.warning!] }) : [])),
  'preview of Pulumi': async (app) => {
    const { stack } = await stackAtV1(app);
    return shown(await stack.preview(pulumiRollout('v2', app))).inputs.__warnings as string[];
  },
  'update of Pulumi': async (app) => {
    const { here, stack } = await stackAtV1(app);
    const before = here.log.length;
    shown(await stack.up(pulumiRollout('v2', app)));
    return here.log.slice(before).filter((line) => line.includes('; to fix: '));
  },
};

interface Told {
  readonly object: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly wayOut: string;
}

function wordsOf(data: unknown): string[] {
  const { warnings } = data as { warnings: readonly Told[] };
  return warnings.map(({ object: { kind, name }, reason, wayOut }) => `${kind} ${name} ${reason}; to fix: ${wayOut}`);
}

test('the apps have a case for every check of the list', () => {
  const cases = [expected, apart.expected, unprotected.expected, ambient.expected].flatMap((one) => Object.keys(one));
  // By subset, of Deployments that no cluster would take, or that others scale, of a namespace by its name: in apart,
  // stable-left-out, autoscalers and ambient-mesh.
  const elsewhere = ['way-around-the-gateway', 'unowned-stable', 'autoscaler-minimum', 'ambient-namespace'];
  expect([...cases, ...elsewhere].sort()).toEqual(checks.map(({ name }) => name).sort());
});

describe.each(Object.entries(frontEnds))('%s', (_, tell) => {
  test('tells everything that is around the release, with the way out, once', async () => {
    const lines = await tell(joined);
    expect(timesTold(expected, lines)).toEqual(once(expected));
    expect(lines).toHaveLength(Object.keys(expected).length);
  });

  test('tells what does not see a canary apart, once', async () => {
    expect(timesTold(apart.expected, await tell(apart))).toEqual(once(apart.expected));
  });

  test('tells a VirtualService of pods in ambient mode, once', async () => {
    expect(timesTold(ambient.expected, await tell(ambient))).toEqual(once(ambient.expected));
  });

  test('refuses a release whose canary would go without what protects stable', async () => {
    const message = await tell(unprotected).then(
      () => 'nothing was refused',
      (error: Error) => error.message,
    );
    expect(timesTold(unprotected.expected, message.split('\n'))).toEqual(once(unprotected.expected));
  });
});

function timesTold(expressions: Scene['expected'], lines: readonly string[]): [string, number][] {
  return Object.entries(expressions).map(([name, words]) => [name, lines.filter((line) => words.test(line)).length]);
}

function once(expressions: Scene['expected']): [string, number][] {
  return Object.keys(expressions).map((name) => [name, 1]);
}

describe('nothing is told', () => {
  test('of a rollout that is steady, or while a synthesis records', async () => {
    const steady = environment(joined);
    expect(await onStderr(() => steady.synth('v1'))).toEqual([]);
    expect(await onStderr(() => steady.recorded('v2'))).toEqual([]);
    const printing = cdk8sApp('v2').app;
    Ledger.fromFolder(printing, steady.folder);
    vi.stubEnv('GRAYLANE_RECORD', join(steady.folder, 'recording'));
    expect(await onStderr(() => printing.charts.map((chart) => chart.toJson() as unknown))).toEqual([]);
    vi.unstubAllEnvs();
  });

  test('at a second validation of the same app', async () => {
    const { app } = cdk8sApp('v2', { stage: 'step-1' });
    expect(await onStderr(() => app.synth())).toHaveLength(Object.keys(expected).length);
    expect(await onStderr(() => app.synth())).toEqual([]);
  });

  test('by advance within a release', async () => {
    const { advance } = project(joined);
    expect(warningsIn(await advance())).toHaveLength(Object.keys(expected).length);
    expect(warningsIn(await advance())).toEqual([]);
  });

  test('by render before and after the release', async () => {
    for (const stage of ['start', 'stable']) expect((await onFiles(joined, 'render', '--stage', stage)).err).toBe('');
  });

  test('by a preview where nothing changes, or within a release', async () => {
    const { stack } = await stackAtV1(joined);
    expect((await stack.preview(pulumiRollout('v1'))).inputs.__warnings).toBeUndefined();
    await stack.up(pulumiRollout('v2'));
    expect((await stack.preview(pulumiRollout('v2'))).inputs.__warnings).toBeUndefined();
  });
});

describe('the resource of Pulumi', () => {
  test.each([
    ['shows the warnings of a preview', true, 2],
    ['leaves them to the engine in an update', false, 0],
  ])('%s', async (_, dryRun, times) => {
    vi.spyOn(pulumi.runtime, 'isDryRun').mockReturnValue(dryRun);
    const warn = vi.spyOn(pulumi.log, 'warn').mockResolvedValue();
    const warnings = pulumi.output(['one', 'two']);
    logPlan({ __plan: pulumi.output([]), __warnings: warnings } as unknown as pulumi.Resource);
    await new Promise((resolve) => warnings.apply(resolve));
    expect(warn).toHaveBeenCalledTimes(times);
  });
});
