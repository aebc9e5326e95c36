/** Every front end tells all that the checks find, each finding once. */
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
import { around, cdk8sApp, declarations, expected, pulumiRollout, type Version, yaml } from './app';

afterEach(() => void vi.restoreAllMocks());

/** Runs a command on the app's files. */
async function onFiles(command: string, ...args: string[]) {
  const folder = folderWith({ 'app.yaml': yaml('v2'), 'running.yaml': yaml('v1') });
  const ran = await graylane([command, '-f', 'app.yaml', '--stable', 'running.yaml', ...args], { folder });
  expect(ran.code).toBe(0);
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

function environment(): Environment<Version> {
  const made = new Environment<Version>((version) => cdk8sApp(version).app);
  made.begin('v1');
  return made;
}

/** Runs `graylane advance` beside an app whose command leaves what a synthesis of v2 has recorded, with the ledger of v1. */
function project(): { advance: () => Promise<string> } {
  const { folder: ledgers } = environment();
  const { app } = cdk8sApp('v2');
  Ledger.fromFolder(app, ledgers);
  const folder = folderWith({
    'declared.json': JSON.stringify(record(app)),
    'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n',
  });
  const env = process.env as Record<string, string>;
  return {
    advance: async () => {
      const { code, err } = await graylane(['advance', '--ledger', ledgers], { folder, env });
      expect(code).toBe(0);
      return err;
    },
  };
}

async function liveRelease(): Promise<Progress[]> {
  const world = await simulated.make();
  await userApplies(world, around);
  await release(world, declarations('v1'));
  const told: Progress[] = [];
  await up(engineOf(world, told), { declarations: declarations('v2'), namespace: world.namespace, timeout: 60 });
  return told;
}

async function stackAtV1() {
  const here = await scene();
  await userApplies(here.world, around);
  const stack = here.stack();
  await stack.up(pulumiRollout('v1'));
  return { here, stack };
}

/** What each front end tells, a line for each warning. */
const frontEnds: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  plan: async () => warningsIn((await onFiles('plan')).err),
  'plan -o json': async () => wordsOf(JSON.parse((await onFiles('plan', '-o', 'json')).out)),
  render: async () => warningsIn((await onFiles('render', '--stage', 'step-1')).err),
  simulate: async () => warningsIn((await onFiles('simulate')).err),
  advance: async () => warningsIn(await project().advance()),
  'synth with a ledger': () => {
    const made = environment();
    made.advance('web', 'v2');
    return onStderr(() => made.synth('v2'));
  },
  'synth at a stage, as annotations': async () => {
    const { app, rollout } = cdk8sApp('v2', 'step-1');
    await onStderr(() => app.synth());
    return rollout.node.metadata.filter(({ type }) => type === WARNING).map(({ data }) => data as string);
  },
  up: async () => {
    let err = '';
    const [out, other] = [() => {}, (text: string) => void (err += text)].map((write) => ({ write, colour: false }));
    for (const progress of await liveRelease()) writeProgress(progress, { out: out!, err: other! });
    return warningsIn(err);
  },
  'up -o json': async () =>
    (await liveRelease()).flatMap((one) => (one.is === 'warning' ? wordsOf({ warnings: [one.warning!] }) : [])),
  'preview of Pulumi': async () => {
    const { stack } = await stackAtV1();
    return (await stack.preview(pulumiRollout('v2'))).inputs.warnings as string[];
  },
  'update of Pulumi': async () => {
    const { here, stack } = await stackAtV1();
    const before = here.log.length;
    await stack.up(pulumiRollout('v2'));
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

test('the app has a case for every check of the list', () => {
  expect(Object.keys(expected)).toEqual(checks.map(({ name }) => name));
});

describe.each(Object.entries(frontEnds))('%s', (_, tell) => {
  test('tells everything that is around the release, with the way out, once', async () => {
    const lines = await tell();
    const counts = checks.map(({ name }) => [name, lines.filter((line) => expected[name]!.test(line)).length]);
    expect(counts).toEqual(checks.map(({ name }) => [name, 1]));
    expect(lines).toHaveLength(checks.length);
  });
});

describe('nothing is told', () => {
  test('of a rollout that is steady, or while a synthesis records', async () => {
    const steady = environment();
    expect(await onStderr(() => steady.synth('v1'))).toEqual([]);
    expect(await onStderr(() => steady.recorded('v2'))).toEqual([]);
  });

  test('at a second validation of the same app', async () => {
    const { app } = cdk8sApp('v2', 'step-1');
    expect(await onStderr(() => app.synth())).toHaveLength(checks.length);
    expect(await onStderr(() => app.synth())).toEqual([]);
  });

  test('by advance within a release', async () => {
    const { advance } = project();
    expect(warningsIn(await advance())).toHaveLength(checks.length);
    expect(warningsIn(await advance())).toEqual([]);
  });

  test('by render before and after the release', async () => {
    for (const stage of ['start', 'stable']) expect((await onFiles('render', '--stage', stage)).err).toBe('');
  });

  test('by a preview where nothing changes, or within a release', async () => {
    const { stack } = await stackAtV1();
    expect((await stack.preview(pulumiRollout('v1'))).inputs.warnings).toBeUndefined();
    await stack.up(pulumiRollout('v2'));
    expect((await stack.preview(pulumiRollout('v2'))).inputs.warnings).toBeUndefined();
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
    logPlan({ plan: pulumi.output([]), warnings } as unknown as pulumi.Resource);
    await new Promise((resolve) => warnings.apply(resolve));
    expect(warn).toHaveBeenCalledTimes(times);
  });
});
