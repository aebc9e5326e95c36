/**
 * From a Deployment of Pulumi's own Kubernetes provider to a rollout and back, in the right order and in every wrong one: no
 * pod is lost without a refusal before it.
 */
import { expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import type { CanaryRolloutArgs } from '../../lib/pulumi';
import { eventually, getDeployment, versions } from '../cluster/world';
import { plainDeployment } from './plain-deployment';
import { type Program, rolloutArgs } from './programs';
import { leftovers, type Scene, scenes } from './suite';

const scene = scenes();
const APP = 'spring-cloud-a';

/** What a program has: the native resource, the rollout, or both. */
interface Move {
  readonly native?: { readonly retainOnDelete?: boolean; readonly import?: boolean };
  readonly rollout?: { readonly adopt?: CanaryRolloutArgs['adopt']; readonly retainOnDelete?: boolean };
}

const native: Move = { native: {} };
const retained: Move = { native: { retainOnDelete: true } };
const rollout = (adopt?: CanaryRolloutArgs['adopt']): Move => ({ rollout: { adopt } });

function program({ namespace, cluster }: Scene, move: Move, version = 'v1'): Program {
  return async ({ kubernetes, graylane: { CanaryRollout } }) => {
    if (move.native) {
      const { import: imported, ...opts } = move.native;
      const what = { kubeconfig: cluster.kubeconfig('admin'), namespace, version, name: APP };
      plainDeployment(kubernetes, 'web', what, { ...opts, ...(imported && { import: `${namespace}/${APP}` }) });
    }
    if (!move.rollout) return {};
    const { adopt, retainOnDelete } = move.rollout;
    return {
      stage: new CanaryRollout('web', { ...rolloutArgs(namespace, APP, version), adopt }, { retainOnDelete }).stage,
    };
  };
}

async function podsOf({ world, namespace }: Scene): Promise<(string | undefined)[]> {
  const all = await world.user.list(kinds.pod, { namespace, labels: { app: APP } });
  return all
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.uid)
    .sort();
}

/** With what the native resource makes; its pods. */
async function begun(here: Scene): Promise<(string | undefined)[]> {
  await here.stack.up(program(here, native));
  await eventually(
    here.world,
    'its pods',
    async () => (await getDeployment(here.world, APP)).status?.availableReplicas === 2,
  );
  return podsOf(here);
}

const REFUSED = /retainOnDelete: true and run pulumi up.*adopt: 'retained'.*\(adoption-needed\)/s;

test.each<[string, Move[], Move[]]>([
  ['without adopt', [rollout()], []],
  ['with adopt: true', [rollout(true)], []],
  ['both in one program', [{ ...native, ...rollout(true) }], []],
  ['with adopt: true after the right first step', [rollout(true)], [retained]],
  ['refused twice, and then by the recipe', [rollout(), rollout(true)], []],
])('a swap %s is refused, and loses nothing; then by the recipe', async (_, wrong, before) => {
  const here = await scene();
  const pods = await begun(here);
  for (const move of before) await here.stack.up(program(here, move));
  for (const move of wrong) {
    await expect(here.stack.preview(program(here, move))).rejects.toThrow(REFUSED);
    expect(await here.stack.upFails(program(here, move))).toMatch(REFUSED);
    expect(await podsOf(here)).toEqual(pods);
  }
  await here.stack.up(program(here, retained));
  const { changes } = await here.stack.upAsShown(program(here, rollout('retained')));
  // With its provider.
  expect(changes).toMatchObject({ create: 1, delete: 2 });
  expect(await podsOf(here)).toEqual(pods);
});

test.each<[string, Move[]]>([
  ['in one update', [native]],
  ['both in one program, and then the rollout is taken out', [{ ...native, ...rollout() }, native]],
])('back, %s: what the rollout has made stays, and is the native resource from then on', async (_, moves) => {
  const here = await scene();
  await here.stack.up(program(here, rollout()));
  const pods = await podsOf(here);
  for (const move of moves) await here.stack.up(program(here, move));
  expect(await podsOf(here)).toEqual(pods);
  // Without a conflict.
  await here.stack.up(program(here, native, 'v2'));
  await eventually(here.world, 'v2', async () => (await versions(here.world, { app: APP })).join() === 'v2,v2');
  expect(await leftovers(here.world)).toEqual([`Deployment ${APP}`]);
});
