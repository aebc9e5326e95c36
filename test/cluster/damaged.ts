/** The sample with both rollouts at their gates: what is stored of them gets damaged. */
import { SimulatedCluster } from '../../lib/simulated';
import { sample, sampleBase } from './app';
import { worldOf } from './simulated.world';
import { release, userApplies, type World } from './world';

export const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
export const v2 = sample({ a: { version: 'v2' }, b: { version: 'v2' } });

export async function atTheirGates(): Promise<World> {
  const made = worldOf(new SimulatedCluster());
  await userApplies(made, sampleBase);
  for (const rollout of ['rollout-a', 'rollout-b']) await release(made, sample(), { rollout });
  for (const rollout of ['rollout-a', 'rollout-b']) await release(made, v2, { rollout });
  return made;
}
