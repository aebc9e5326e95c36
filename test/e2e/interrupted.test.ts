/** One ^C: an update that waits ends there, keeps where it stands, and leaves neither a lock nor a Lease behind. */
import { expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { ingress, service } from '../cluster/app';
import { ours, userApplies, versions } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { mse, type Program } from './programs';
import { scenes } from './suite';

const scene = scenes();

/** Seconds: longer than the test may take. */
const LONG = 3600;

function program(namespace: string, image: string): Program {
  return async ({ graylane: { CanaryRollout } }) => {
    const { metadata, spec } = workload('web', image, 1);
    const { stage, message } = new CanaryRollout('web', {
      workload: { metadata: { ...metadata, namespace }, spec },
      trafficRoutings: [mse('web')],
      steps: [{ replicas: 1, traffic: '20%' }],
      timeout: LONG,
    });
    return { stage, message };
  };
}

test.each([
  ['its first update', [], []],
  ['a release', ['v1'], ['v1']],
] as const)('in %s, whose pods do not get ready', async (_, before, runs) => {
  const { stack, world, namespace } = await scene();
  await userApplies(world, [service('web'), ingress('web')]);
  for (const image of before) await stack.up(program(namespace, image));
  const line = before.length > 0 ? 'web: step-1/canary' : `created Deployment ${namespace}/web`;
  const said = await stack.upInterruptedAt([line], program(namespace, 'unready'));
  expect(said).toMatch(/Pulumi was told to stop.*run pulumi up again/);
  const leases = await world.user.list(kinds.lease, { namespace });
  expect(leases.flatMap(({ spec }) => (spec as { holderIdentity?: string }).holderIdentity ?? [])).toEqual([]);
  expect(await versions(world, { app: 'web' })).toEqual(runs.length > 0 ? runs : ['unready']);

  // Nothing holds the stack, and the state knows the rollout.
  const { outputs } = await stack.up(program(namespace, 'v1'));
  expect(outputs).toMatchObject({ stage: 'stable' });
  await stack.destroy();
  expect(await ours(world)).toEqual([]);
});
