/**
 * R5 a `pulumi` that is killed in any stage: the next update goes on and reaches the right end, with no look into the state.
 * Every write of an update is tried on the simulated cluster, in test/pulumi/failures.long.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { readRecord } from '../../lib/cluster';
import { ingress, service } from '../cluster/app';
import { ours, userApplies, versions, type World } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { approve, mse, PATIENCE, type Program } from './programs';
import { type Scene, scenes } from './suite';

const scene = scenes();

/** Three rollouts in one stack that are killed in the same stage; after it, each declares something else. */
const names = ['same', 'third', 'other'] as const;
type Images = Readonly<Record<(typeof names)[number], string>>;

/** Long enough to be killed in. */
const LONG = '3s';

function program(namespace: string, images: Images): Program {
  return async ({ graylane: { CanaryRollout } }) => {
    const rollouts = names.map((name) => {
      const { metadata, spec } = workload(name, images[name], 1);
      const { labels } = spec.template.metadata;
      const template = { ...spec.template, metadata: { labels, annotations: { 'graylane.test/ready-after': LONG } } };
      const rollout = new CanaryRollout(name, {
        workload: { metadata: { ...metadata, namespace }, spec: { ...spec, template } },
        trafficRoutings: [{ ...mse(name), gracePeriodSeconds: 2 }],
        steps: [{ replicas: 1, traffic: '20%' }],
        patchPodTemplateMetadata: { annotations: { 'graylane.test/gone-after': LONG } },
        timeout: PATIENCE,
      });
      return [name, rollout.stage] as const;
    });
    return Object.fromEntries(rollouts);
  };
}

function all(image: string): Images {
  return { same: image, third: image, other: image };
}

const atGate = approve(...names.map((name) => `${name}#1/step-1`));

describe('R5 killed in', () => {
  /** What runs in the end: stable, and after `+` the canary that waits at its gate. */
  const back = { same: 'v1', third: 'v1 + v3', other: 'v1 + v2' };
  test.each([
    { stage: 'step-1/canary', ends: { same: 'v1 + v2', third: 'v1 + v3', other: 'v1' } },
    { stage: 'step-1/route', ends: { same: 'v1 + v2', third: 'v1 + v3', other: 'v1' } },
    { stage: 'promote/stable', ends: { same: 'v2', third: 'v1 + v3', other: 'v1' } },
    { stage: 'promote/unroute', ends: { same: 'v2', third: 'v1 + v3', other: 'v1' } },
    // Nothing is left to abort: the old image is a release of its own.
    { stage: 'stable', ends: { same: 'v2', third: 'v2 + v3', other: 'v2 + v1' } },
    { stage: 'abort/stable', ends: back },
    { stage: 'abort/unroute', ends: back },
    { stage: 'start', ends: back },
  ])('$stage, then the same program, a third image, or the other one again', async ({ stage, ends }) => {
    const here = await prepared();
    const { stack, namespace } = here;
    await stack.up(program(namespace, all('v1')));
    const image = await killIn(here, stage);

    const next = program(namespace, { same: image, third: 'v3', other: image === 'v1' ? 'v2' : 'v1' });
    const shown = await stack.preview(next);
    expect(shown.changes).toMatchObject({ update: 3 });
    const { outputs } = await stack.up(next);
    for (const name of names) {
      expect({ [name]: await running(here.world, name) }).toEqual({ [name]: ends[name] });
      expect(shown.text).toContain(`${name}: then it ${outputs[name] === 'stable' ? 'is stable' : 'waits at step-1'}`);
      expect(outputs[name]).toBe(ends[name].includes('+') ? 'step-1/route' : 'stable');
    }
    const waiting = names.filter((name) => ends[name].includes('+'));
    expect(await ours(here.world)).toEqual(waiting.flatMap(canaryObjects).sort());
    expect((await stack.up(next)).changes).toEqual({ same: 4 });
  });

  test('its first update, before anything was ready', async () => {
    const { stack, world, namespace } = await prepared();
    const made = names.map((name) => `created Deployment ${namespace}/${name}`);
    await stack.upKilledAt(made, program(namespace, all('v1')));
    await stack.cancel();
    const next = program(namespace, { same: 'v1', third: 'v3', other: 'v2' });
    await stack.preview(next);
    await stack.up(next);
    expect(await Promise.all(names.map((name) => running(world, name)))).toEqual(['v1', 'v3', 'v2']);
    expect((await stack.up(next)).changes).toEqual({ same: 4 });
    await stack.destroy();
    expect(await ours(world)).toEqual([]);
  });
});

async function prepared(): Promise<Scene> {
  const here = await scene();
  await userApplies(
    here.world,
    names.flatMap((name) => [service(name), ingress(name)]),
  );
  return here;
}

/** From v1 at rest into the stage. Returns the image that the killed program declares. */
async function killIn(here: Scene, stage: string): Promise<string> {
  const gated = stage.startsWith('step-') ? {} : atGate;
  if (gated === atGate) await here.stack.up(program(here.namespace, all('v2')));
  if (!stage.startsWith('abort/') && stage !== 'start') {
    await kill(here, stage, 'v2', gated);
    return 'v2';
  }
  // Only promotion changes stable, and so only from there it has to be changed back.
  if (stage === 'abort/stable') await kill(here, 'promote/unroute', 'v2', gated);
  await kill(here, stage, 'v1');
  return 'v1';
}

async function kill({ stack, world, namespace }: Scene, stage: string, image: string, environment = {}): Promise<void> {
  const said = names.map((name) => `${name}: ${stage}\n`);
  await stack.upKilledAt(said, program(namespace, all(image)), environment);
  const records = await Promise.all(names.map((name) => readRecord(world.user, { name, namespace })));
  // Whoever said it last is still there; another may have gone on meanwhile.
  expect(records.map((record) => record?.ledger.release?.stage)).toContain(stage);
  await stack.cancel();
}

/** Images of stable's pods, and after `+` of the canary's. */
async function running(world: World, name: string): Promise<string> {
  const [stable, canary] = [await versions(world, { app: name }), await versions(world, { app: `${name}-canary` })];
  return [stable, canary].flat().join(' + ');
}

function canaryObjects(name: string): string[] {
  return ['Deployment', 'Ingress', 'Service'].map((kind) => `${kind} ${name}-canary`);
}
