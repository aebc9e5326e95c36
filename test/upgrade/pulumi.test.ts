/** Pulumi state of the version before, at each stage: the next update goes on, and so does the way back. */
import { describe, expect, test } from 'vitest';
import type { laneMethods } from '../../lib/pulumi/provider';
import { rolloutMethods } from '../../lib/pulumi/provider';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { withIds } from '../cluster/current-ids';
import { find, ours, versions, type World } from '../cluster/world';
import { simulated } from '../cluster/simulated.world';
import { unfold } from './fixture';
import { fixture, load } from './upgrade.scenarios';
import { nobody } from '../cluster/nobody';

interface Kept {
  readonly id: string;
  readonly inputs: object;
  readonly outputs: { readonly stage: string };
}

const { before, target, approve, ...kept } = fixture('pulumi') as unknown as ReturnType<typeof fixture> & {
  readonly before: DeclaredRollout;
  readonly target: DeclaredRollout;
};
const all = unfold(kept).map(({ stage, objects }) => ({ ...(stage.kept as Kept), objects }));

describe('Pulumi state of the version before', () => {
  test('there is some for each stage', () => {
    expect(all.map(({ outputs }) => outputs.stage)).toMatchInlineSnapshot(`
      [
        "step-1/canary",
        "step-1/route",
        "promote/stable",
        "promote/unroute",
        "stable",
      ]
    `);
  });

  test.each(all)('at $outputs.stage: an update goes on to the end', async ({ id, inputs, outputs, objects }) => {
    const { world, methods } = await open(objects);
    const news = await checked(methods, inputs, target);
    const diff = await methods.diff(id, outputs, news as never);
    expect(diff).toMatchObject({ changes: true, replaces: [] });
    await methods.update(id, outputs, news as never);
    await expectAtRest(world, 'v2');
  });

  const abortable = all.filter(({ outputs }) => outputs.stage !== 'stable');
  test.each(abortable)('at $outputs.stage: the old image is the way back', async ({ id, inputs, outputs, objects }) => {
    const { world, methods } = await open(objects);
    const news = await checked(methods, inputs, before);
    await methods.update(id, outputs, news as never);
    await expectAtRest(world, 'v1');
  });

  test.each(all)('at $outputs.stage: a refresh reads it', async ({ id, outputs, objects }) => {
    const { methods } = await open(objects);
    const read = await methods.read(id, outputs);
    expect(read.id).toBe(id);
    expect(read.props).toMatchObject({ name: 'web', stage: outputs.stage });
  });

  test.each(all)('at $outputs.stage: a destroy leaves nothing', async ({ id, outputs, objects }) => {
    const { world, methods } = await open(objects);
    await methods.delete(id, outputs);
    expect(await ours(world)).toEqual([]);
    expect(await find(world, { apiVersion: 'apps/v1', kind: 'Deployment' }, 'web')).toBeUndefined();
  });
});

async function open(objects: Parameters<typeof load>[1]) {
  const world = await simulated.make();
  await load(world, objects);
  const around: Parameters<typeof laneMethods>[0] = {
    open: async () => ({ ...world, random: { id: () => 'run' }, outside: nobody }),
    environment: { GRAYLANE_APPROVE: (await withIds(world.user, world.namespace, approve)).join(',') },
    config: () => undefined,
    log: () => {},
    flushed: async () => {},
    gone: new AbortController().signal,
  };
  return { world, methods: rolloutMethods(around) };
}

async function checked(methods: ReturnType<typeof rolloutMethods>, olds: object, declared: DeclaredRollout) {
  const { inputs, failures } = (await methods.check(olds, declared)) as { inputs: object; failures?: unknown };
  expect(failures).toBeUndefined();
  return inputs;
}

async function expectAtRest(world: World, version: string): Promise<void> {
  expect(await versions(world, { app: 'web' })).toEqual([version, version]);
  expect(await ours(world)).toEqual([]);
}
