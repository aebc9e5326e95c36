/** What is said of a quota before a release is what becomes of the release. */
import { describe, expect, test } from 'vitest';
import { type Progress, up } from '../../lib/cluster';
import type { Step } from '../../lib/core';
import { type Variant, web, webBase } from './app';
import { approvalsOf, engineOf, eventually, release, userApplies, type World, type Worlds } from './world';

const quotaKind = { apiVersion: 'v1', kind: 'ResourceQuota' };
const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const asking = (version: string, cpu: string): Variant => {
  const resources = { requests: { cpu } };
  const spec = { containers: [{ name: 'main', image: `example.com/shop/web:${version}`, resources }] };
  return { version, spec: { template: { metadata: { labels: { app: 'web' } }, spec } } };
};

/** A quota and stable's strategy; what is said of it, and where the release ends. */
type Quota = [
  hard: object,
  maxSurge: number,
  maxUnavailable: number,
  said: RegExp | undefined,
  end: 'stable' | 'step-1/canary' | 'promote/stable',
];

/** Stable has 3 pods, the canary 1. */
const ofPods: Quota[] = [
  [{ pods: '5' }, 1, 0, undefined, 'stable'],
  [{ pods: '4' }, 1, 0, /4 of 5 pods at promote\/stable; it stops there/, 'promote/stable'],
  [{ pods: '3' }, 1, 0, /3 of 4 pods at step-1\/canary; it stops there/, 'step-1/canary'],
  [{ pods: '4' }, 0, 1, undefined, 'stable'],
  [{ pods: '4' }, 1, 1, /4 of 5 pods at promote\/stable; stable rolls with fewer/, 'stable'],
  [{ pods: '5' }, 3, 0, /5 of 7 pods at promote\/stable; stable rolls with fewer/, 'stable'],
];

/** 100m for each pod of stable, 300m for each of the new revision: 1200m at the end, and 1300m before it. */
const ofAll: Quota[] = [
  [{ 'requests.cpu': '1300m' }, 1, 0, undefined, 'stable'],
  [{ 'requests.cpu': '1250m' }, 1, 0, /1250m of 1300m requests.cpu at promote\/stable; it stops/, 'promote/stable'],
  [{ 'requests.cpu': '500m' }, 1, 0, /500m of 600m requests.cpu at step-1\/canary; it stops/, 'step-1/canary'],
  [{ 'requests.cpu': '1200m' }, 0, 1, undefined, 'stable'],
  [{ 'count/deployments.apps': '2', services: '2', 'count/replicasets.apps': '3' }, 1, 0, undefined, 'stable'],
  [
    { 'count/deployments.apps': '1' },
    1,
    0,
    /1 of 2 count\/deployments.apps at step-1\/canary; it stops/,
    'step-1/canary',
  ],
  [{ services: '1' }, 1, 0, /1 of 2 services at step-1\/canary; it stops/, 'step-1/canary'],
];

export function quotaScenarios({ make, name }: Worlds): void {
  describe('a quota', () => {
    test.each([...ofPods, ...ofAll])(
      '%j, maxSurge %i, maxUnavailable %i',
      async (hard, maxSurge, maxUnavailable, said, end) => {
        const world = await make();
        await userApplies(world, webBase);
        const declared = (version: string, cpu: string) => {
          const { spec, ...variant } = asking(version, cpu);
          const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
          return web(steps, { ...variant, spec: { ...spec, strategy } });
        };
        await release(world, declared('v1', '100m'));
        await userApplies(world, [{ ...quotaKind, metadata: { name: 'all' }, spec: { hard } }]);
        if (name === 'real') await eventually(world, 'what is in use', () => isCounted(world));
        const told: Progress[] = [];
        const go = async (more: { approve?: string[] } = {}) =>
          up(engineOf(world, told), {
            declarations: declared('v2', '300m'),
            namespace: world.namespace,
            // One that stops would wait for ever.
            timeout: end === 'stable' ? 60 : 6,
            ...(more.approve && { approve: (await approvalsOf(world, declared('v2', '300m'), more))! }),
          });
        const ended = await go()
          .then(() => go({ approve: ['web#1/step-1'] }))
          .then(
            ({ stage }) => stage as string,
            (error: Error) =>
              /(step-1\/canary|promote\/stable).*exceeded quota/.exec(error.message)?.[1] ?? error.message,
          );
        const warned = told.flatMap((one) => (one.is === 'warning' ? [one.what] : []));
        const words = warned.filter((what) => what.startsWith('ResourceQuota'));
        expect(words).toEqual(said === undefined ? [] : [expect.stringMatching(said)]);
        expect(ended).toBe(end);
      },
    );
  });
}

/** In a real cluster a controller counts what is in use, and a quota denies nothing before it has. */
async function isCounted({ user, namespace }: World): Promise<boolean> {
  const live = await user.get({ ...quotaKind, name: 'all', namespace });
  return (live?.status as { hard?: object } | undefined)?.hard !== undefined;
}
