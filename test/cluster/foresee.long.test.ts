/** A preview is right: what it says of a request is what the walk does, from any ledger, on any cluster. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EngineError, foresee, type Outcome, type Progress, up, type UpRequest } from '../../lib/cluster';
import type { Declarations, Step } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { deployment, web, webBase } from './app';
import { mortal } from './mortal';
import { worldOf } from './simulated.world';
import { engineOf, release, userApplies, type World } from './world';

const plans: readonly (readonly Step[])[] = [
  [{ replicas: 1, traffic: '20%' }],
  [
    { replicas: 1, traffic: '20%' },
    { replicas: '60%', matches: [{ headers: [{ name: 'user', value: 'a' }] }], pause: { duration: 30 } },
    { replicas: '100%', traffic: '80%' },
  ],
  [
    { replicas: 2, traffic: '40%', pause: { duration: 0 } },
    { replicas: 3, traffic: '60%' },
  ],
];

/** One `graylane up`. */
interface Up {
  readonly version: string;
  readonly plan: number;
  readonly approve: readonly { readonly release: number; readonly step: number }[];
  readonly how: 'plain' | 'abort' | 'direct' | 'hold' | 'to';
  readonly to: number;
  /** What somebody does to the cluster before it. */
  readonly meanwhile:
    'nothing' | 'canary scaled to 0' | 'canary deleted' | 'stable deleted' | 'v2 by hand' | 'v4 by hand' | 'an hour';
  /** The write at which it is killed. */
  readonly dies: number;
}

const upOf: fc.Arbitrary<Up> = fc.record({
  version: fc.constantFrom('v1', 'v2', 'v2', 'v2', 'v3'),
  plan: fc.constantFrom(1, 1, 1, 0, 2),
  approve: fc.array(fc.record({ release: fc.integer({ min: 1, max: 3 }), step: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 3,
  }),
  how: fc.constantFrom('plain', 'plain', 'plain', 'plain', 'abort', 'direct', 'hold', 'to'),
  to: fc.integer({ min: 1, max: 3 }),
  meanwhile: fc.constantFrom(
    'nothing',
    'nothing',
    'nothing',
    'canary scaled to 0',
    'canary deleted',
    'stable deleted',
    'v2 by hand',
    'v4 by hand',
    'an hour',
  ),
  dies: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, fc.integer({ min: 1, max: 30 })),
});

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' };

async function disturb(world: World, what: Up['meanwhile']): Promise<void> {
  const ref = (name: string) => ({ ...deployments, name, namespace: world.namespace });
  if (what === 'an hour') await world.clock.sleep(3_600_000);
  if (what === 'canary deleted') await world.user.delete(ref('web-canary'));
  if (what === 'stable deleted') await world.user.delete(ref('web'));
  if (what === 'canary scaled to 0' && (await world.user.get(ref('web-canary')))) {
    await world.user.patch(ref('web-canary'), { spec: { replicas: 0 } });
  }
  const version = /^(v\d) by hand$/.exec(what)?.[1];
  if (version && (await world.user.get(ref('web')))) {
    const { template } = deployment('web', { version }).spec;
    await world.user.patch(ref('web'), { spec: { template: { spec: template.spec } } });
  }
  await world.clock.sleep(1000);
}

function requestOf(world: World, { version, plan, approve, how, to }: Up): UpRequest {
  const declarations: Declarations = web(plans[plan]!, { version, replicas: 5 });
  return {
    declarations,
    namespace: world.namespace,
    rollout: 'web',
    timeout: 60,
    longestPause: 60,
    approve: approve.map((one) => `web#${one.release}/step-${one.step}`),
    ...(how === 'to' ? { to } : how === 'plain' ? {} : { [how]: true }),
  };
}

/** The end of both, or the code of what they refuse. */
async function endOf(run: () => Promise<Outcome>): Promise<unknown> {
  try {
    const { message: _, gate, ...outcome } = await run();
    // Time passes in the one, and not in the other.
    return { ...outcome, ...(gate && { gate: { ...gate, until: gate.until !== undefined } }) };
  } catch (error) {
    return (error as EngineError).code;
  }
}

test('what a preview says and what the walk does are equal', { timeout: 600_000 }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(upOf, { minLength: 1, maxLength: 7 }), async (ups) => {
      const world = worldOf(new SimulatedCluster());
      await userApplies(world, webBase);
      await release(world, web(plans[1]!, { replicas: 5 }));
      for (const one of ups) {
        await disturb(world, one.meanwhile);
        const request = requestOf(world, one);
        const stages: string[] = [];
        let walk: readonly string[] = [];
        const said = await endOf(async () => {
          const foresight = await foresee(engineOf(world), request, { changed: true });
          // Outside of a release stable is changed at once, and the run tells no stage.
          walk = foresight.walk.flatMap(({ id, release: one }) => (one ? [id] : []));
          return foresight.outcome;
        });
        const { api, died } = mortal(world.api, one.dies, false);
        const told: Progress[] = [];
        const done = await endOf(() => up(engineOf({ ...world, api }, told), request));
        stages.push(...told.flatMap((progress) => (progress.is === 'stage' ? [progress.stage] : [])));
        if (died()) continue;
        compared++;
        expect({ one, said }).toEqual({ one, said: done });
        if (typeof done === 'object') expect({ one, walk }).toEqual({ one, walk: stages });
      }
    }),
    { numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(300);
});
