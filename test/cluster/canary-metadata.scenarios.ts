/** Labels and annotations of the canary's own objects: they come, change and go with the canary. */
import { describe, expect, test } from 'vitest';
import { type Kind, kinds } from '../../lib/cluster';
import type { CanaryMetadataPatch, Step } from '../../lib/core';
import { web, webBase } from './app';
import { find, release, userApplies, type World, type Worlds } from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const declared = (version: string, patchCanaryMetadata?: CanaryMetadataPatch) =>
  web(steps, { version }, { patchCanaryMetadata });

export function canaryMetadataScenarios({ make }: Worlds): void {
  describe('patchCanaryMetadata', () => {
    test('is on the canary from its first moment, follows an edit at a gate, and is never on stable', async () => {
      const world = await make();
      await userApplies(world, webBase);
      await release(world, declared('v1'));
      await release(
        world,
        declared('v2', { deployment: { labels: { team: 'a' } }, services: { labels: { team: 'a' } } }),
      );
      expect(await seen(world, 'web-canary')).toEqual({
        Deployment: [{ team: 'a' }, {}],
        Service: [{ team: 'a' }, {}],
      });

      await release(
        world,
        declared('v2', { services: { labels: { tier: 'x' }, annotations: { 'example.com/a': '1' } } }),
      );
      expect(await seen(world, 'web-canary')).toEqual({
        Deployment: [{}, {}],
        Service: [{ tier: 'x' }, { 'example.com/a': '1' }],
      });
      expect(await seen(world, 'web')).toEqual({ Deployment: [{}, {}], Service: [{}, {}] });

      await release(world, declared('v2'), { approve: ['web#1/step-1'] });
      expect(await seen(world, 'web-canary')).toEqual({ Deployment: undefined, Service: undefined });
    });
  });
}

/** Labels and annotations that are nobody's but the user's. */
async function seen(world: World, name: string): Promise<object> {
  const of = async (kind: Kind) => {
    const object = await find(world, kind, name);
    if (object === undefined) return undefined;
    const { labels, annotations } = object.metadata;
    return [labels, annotations].map((map = {}) =>
      Object.fromEntries(Object.entries(map).filter(([key]) => !/^(graylane|.*kubernetes)\.io\//.test(key))),
    );
  };
  return { Deployment: await of(kinds.deployment), Service: await of(kinds.service) };
}
