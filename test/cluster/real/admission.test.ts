/** Policies of the real API server, which ask for metadata that the canary's own objects do not have by themselves. */
import { beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../../lib/cluster';
import type { CanaryMetadataPatch, Declarations, Manifest, Step } from '../../../lib/core';
import { type Variant, web, webBase } from '../app';
import { find, ours, release, userApplies, versions, type World } from '../world';
import { refuseUnless, type Resources } from './policy';
import { real } from './world';

const worlds = real();
const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const team = { team: 'shop' };
const owner = { 'example.com/owner': 'shop' };

interface Policy {
  readonly of: Resources;
  /** In CEL. */
  readonly asks: string;
  readonly patch: CanaryMetadataPatch;
}

const labelled = "'team' in object.metadata.?labels.orValue({}) && object.metadata.labels['team'] == 'shop'";
const policies: Record<string, Policy> = {
  'a label of Deployments': { of: { deployments: 'apps' }, asks: labelled, patch: { deployment: { labels: team } } },
  'a label of Services': { of: { services: '' }, asks: labelled, patch: { services: { labels: team } } },
  'an annotation of both': {
    of: { deployments: 'apps', services: '' },
    asks: "'example.com/owner' in object.metadata.?annotations.orValue({})",
    patch: { deployment: { annotations: owner }, services: { annotations: owner } },
  },
};

describe.each(Object.entries(policies))('a policy that asks for %s', (_, { of, asks, patch }) => {
  let world: World;
  beforeAll(async () => {
    world = await worlds.make();
    await userApplies(world, webBase.map(owned));
    await release(world, declared('v1'));
    await refuseUnless(world, of, asks, 'these objects belong to a team');
  });

  test('the canary is refused in its words, with what it may be given', async () => {
    const refused = release(world, declared('v2'));
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
    await expect(refused).rejects.toThrow(
      /web: step-1\/canary: .*web-canary.*these objects belong to a team.*patchCanaryMetadata/,
    );
    expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
  });

  test('patchCanaryMetadata satisfies it, from the stage at which the release stopped to its end', async () => {
    expect((await release(world, declared('v2', patch))).gate?.step).toBe(1);
    for (const [field, kind] of Object.entries({ deployment: kinds.deployment, services: kinds.service })) {
      const { labels = {}, annotations = {} } = patch[field as keyof CanaryMetadataPatch] ?? {};
      expect((await find(world, kind, 'web-canary'))?.metadata.labels).toMatchObject(labels);
      expect((await find(world, kind, 'web-canary'))?.metadata.annotations ?? {}).toMatchObject(annotations);
    }
    expect((await release(world, declared('v2', patch), { approve: ['web#1/step-1'] })).stage).toBe('stable');
    expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    expect(await ours(world)).toEqual([]);
  });
});

/** The user's own objects have what is asked for. */
function owned<T extends Manifest>(object: T): T {
  return { ...object, metadata: { ...object.metadata, labels: team, annotations: owner } };
}

function declared(version: Variant['version'] & string, patchCanaryMetadata?: CanaryMetadataPatch): Declarations {
  const app = web(steps, { version }, patchCanaryMetadata && { patchCanaryMetadata });
  return { ...app, objects: app.objects.map(owned) };
}
