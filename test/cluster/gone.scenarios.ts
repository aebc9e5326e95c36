/** What somebody has deleted holds neither a destroy nor an update: what is gone needs no way back. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  destroy,
  kinds,
  laneName,
  type LiveDeployment,
  type Progress,
  readRecord,
  readStatus,
  recordName,
  removeLane,
} from '../../lib/cluster';
import { statusTree } from '../../lib/cli/output/status-tree';
import type { Declarations, Step } from '../../lib/core';
import { joined, lane, sample, sampleBase, type Variant, web, webBase } from './app';
import { engineOf, eventually, find, ingressKind, ours, release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const namespaceKind = { apiVersion: 'v1', kind: 'Namespace' };
const v2 = { version: 'v2' };

/** Where a release can be when something goes. */
const stages: Readonly<Record<string, (run: (variant: Variant) => Promise<unknown>) => Promise<unknown>>> = {
  'at rest': async (run) => run({}),
  'at a gate': async (run) => {
    await run({});
    await run(v2);
  },
  'stopped before its gate': async (run) => {
    await run({});
    await run({ version: 'unready' }).catch(() => undefined);
  },
};

const getStable = (world: World) => find(world, kinds.deployment, 'web') as Promise<LiveDeployment | undefined>;

type Gone = readonly [kind: { readonly apiVersion: string; readonly kind: string }, name: string];

const ofWeb: readonly Gone[] = [
  [ingressKind, 'web'],
  [kinds.service, 'web'],
  [kinds.deployment, 'web'],
  [kinds.deployment, 'web-canary'],
  [kinds.service, 'web-canary'],
  [ingressKind, 'web-canary'],
  [kinds.lease, recordName('web')],
];

const ofLane: readonly Gone[] = [
  [ingressKind, 'spring-cloud-a'],
  [kinds.service, 'spring-cloud-a'],
  [kinds.deployment, 'spring-cloud-a'],
  [kinds.configMap, laneName(lane)],
  [kinds.lease, laneName(lane)],
];

/** On a real cluster, where each takes seconds, all at once has to do. */
const sets = (name: Worlds['name'], all: readonly Gone[]) =>
  (name === 'real' ? [all] : [...all.map((one) => [one]), all]).map(
    (gone) => [gone.map(([{ kind }, of]) => `${kind} ${of}`).join(', '), gone] as const,
  );

export function goneScenarios({ name, make }: Worlds): void {
  describe('a destroy is not held by what is gone', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, [...webBase, ...sampleBase]);
    });

    const remove = async (gone: readonly Gone[]) => {
      for (const [kind, of] of gone) {
        await world.user.delete({ ...kind, name: of, namespace: world.namespace });
        await eventually(world, `${of} gone`, async () => (await find(world, kind, of)) === undefined);
      }
    };
    const run = (app: (variant: Variant) => Declarations, rollout: string) => (variant: Variant) =>
      release(world, app(variant), { rollout, timeout: variant.version === 'unready' ? 3 : 60 });
    const expectNothing = async (rollout: string, declarations: Declarations) => {
      await destroy(engineOf(world), { declarations, namespace: world.namespace, rollout, timeout: 60 });
      await eventually(world, 'nothing of ours', async () => (await ours(world)).length === 0);
      expect(await readRecord(world.user, { name: rollout, namespace: world.namespace })).toBeUndefined();
    };

    describe.each(Object.entries(stages))('%s', (_, goThere) => {
      test.each(sets(name, ofWeb))('%s', async (_, gone) => {
        const app = (variant: Variant) => web(steps, variant);
        await goThere(run(app, 'web'));
        await remove(gone);
        await expectNothing('web', app(v2));
      });

      test.each(sets(name, ofLane))('of a lane: %s', async (_, gone) => {
        const app = (variant: Variant) => sample({ a: variant });
        await goThere(run(app, 'rollout-a'));
        await remove(gone);
        await expectNothing('rollout-a', app(v2));
        await removeLane(engineOf(world), { name: lane.name, namespace: world.namespace });
      });
    });
  });

  test('`status` tells a Deployment that is gone, until it is there again', async () => {
    const world = await make();
    await userApplies(world, webBase);
    const gone = async () => (await readStatus(world, world.namespace)).rollouts.map((rollout) => rollout.gone);
    const loses = async (name: string) => {
      await world.user.delete({ ...kinds.deployment, name, namespace: world.namespace });
      await eventually(world, `${name} gone`, async () => (await find(world, kinds.deployment, name)) === undefined);
    };
    await release(world, web(steps));
    expect(await gone()).toEqual([[]]);
    await loses('web');
    const [lost] = (await readStatus(world, world.namespace)).rollouts;
    expect(lost!.gone).toEqual(['Deployment web is gone']);
    const tree = statusTree({ lanes: [], rollouts: [lost!], damaged: [] }, false);
    expect(tree).toContain('Deployment web is gone; the next `graylane up` makes it anew');
    await release(world, web(steps));
    await release(world, web(steps, v2));
    expect(await gone()).toEqual([[]]);
    await loses('web-canary');
    expect(await gone()).toEqual([['Deployment web-canary is gone']]);
    await release(world, web(steps, v2));
    expect(await gone()).toEqual([[]]);
  });

  test.each([
    ['adopted', { apply: { spec: { paused: null } } }],
    ['made anew', {}],
  ])(
    'R3 a ledger, in mid-release: a rollout without routing that is %s leaves no route of before behind',
    async (_, how) => {
      const world = await make();
      const { namespace } = world;
      await userApplies(world, webBase);
      await release(world, web(steps));
      await release(world, web(steps, v2));
      await world.user.delete({ ...kinds.configMap, name: recordName('web'), namespace });
      const stable = { ...kinds.deployment, name: 'web', namespace };
      await ('apply' in how ? world.user.patch(stable, how.apply) : world.user.delete(stable));
      await eventually(world, 'stable as it is to be', async () => {
        const live = await getStable(world);
        return 'apply' in how ? live?.status?.updatedReplicas === 3 : live === undefined;
      });
      const told: Progress[] = [];
      await release(world, joined([{ replicas: 1 }]), { adopt: true }, { report: (one) => void told.push(one) });
      expect(await ours(world)).toEqual([]);
      const deleted = told.flatMap((one) => (one.is === 'changed' && one.verb === 'deleted' ? [one.object] : []));
      expect(deleted).toEqual([
        expect.stringMatching(/^Ingress .*web-canary$/),
        expect.stringMatching(/^Service .*web-canary$/),
        expect.stringMatching(/^Deployment .*web-canary$/),
      ]);
    },
  );

  describe('a namespace that is gone', () => {
    let world: World;
    const app = web(steps, v2);
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
      await world.user.apply({ ...namespaceKind, metadata: { name: world.namespace } });
      await release(world, web(steps));
      await release(world, app);
      await world.user.delete({ ...namespaceKind, name: world.namespace });
    });

    const expectGone = () =>
      eventually(world, 'the namespace gone', async () => {
        const { namespace } = world;
        const left = await world.user.list(kinds.deployment, { namespace });
        return left.length === 0 && (await world.user.get({ ...namespaceKind, name: namespace })) === undefined;
      });
    // The rights of a Role go with its namespace, so these are somebody's who has them everywhere.
    const engine = () => engineOf(world, [], { api: world.user });
    const request = () => ({ declarations: app, namespace: world.namespace, timeout: 20 });

    test('takes the rollout along: a destroy has nothing to do, while it goes and afterwards', async () => {
      await destroy(engine(), request());
      await removeLane(engine(), { name: lane.name, namespace: world.namespace });
      await expectGone();
      await destroy(engine(), request());
      await removeLane(engine(), { name: lane.name, namespace: world.namespace });
    });

    test('is what an update misses', async () => {
      await expectGone();
      await expect(release(world, app, {}, { api: world.user })).rejects.toMatchObject({ code: 'namespace-missing' });
    });

    test('is made anew, and so is the rollout', async () => {
      await expectGone();
      await world.user.apply({ ...namespaceKind, metadata: { name: world.namespace } });
      await userApplies(world, webBase);
      expect((await release(world, app, {}, { api: world.user })).stage).toBe('stable');
    });
  });
}
