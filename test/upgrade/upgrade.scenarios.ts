/** A release that the version before has begun is taken to its end by this one, from every stage, and back as well. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Declarations, digest, isOurs, type Manifest } from '../../lib/core';
import { ApiError, type Live, refOf } from '../../lib/cluster';
import { eventually, release, versions, type World, type Worlds } from '../cluster/world';
import { type Fixture, type FixtureStage, NAMESPACE, unfold } from './fixture';

const folder = join(__dirname, 'fixtures');
const names = readdirSync(folder).map((file) => file.replace('.json', ''));

export function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Fixture;
}

/** Those of the engine; `pulumi` has tests of its own. */
export const releases = names.filter((name) => name !== 'pulumi');

export function upgradeScenarios({ make }: Worlds, chosen: readonly string[] = releases): void {
  describe.each(chosen)('R5 %s, begun by the version before', (name) => {
    const { rollout, before, target, approve, base, ...stages } = fixture(name);
    const all = unfold(stages);

    test.each(all)('goes on from $stage.stage (aborting: $stage.aborting)', async ({ stage, objects }) => {
      const world = await make();
      await load(world, objects, target);
      const declared = stage.aborting ? before : target;
      // The way back is gone on with in any case; a gate may stand before and behind the stage.
      for (const _ of [...approve, 'and the end']) await release(world, declared, { rollout, approve });
      await expectAtRest(world, declared, rollout, base);
    });

    test.each(all.filter(({ stage }) => canAbort(stage)))('goes back from $stage.stage', async ({ objects }) => {
      const world = await make();
      await load(world, objects, target);
      await release(world, before, { rollout, abort: true });
      await expectAtRest(world, before, rollout, base);
    });
  });
}

/** At the last stage there is nothing left to abort. */
function canAbort({ stage }: FixtureStage): boolean {
  return stage !== 'stable';
}

/**
 * Puts the objects into the cluster as they were left, owners of their fields included. A ledger knows its routing by a
 * hash, which the namespace of a lane is part of.
 */
export async function load(world: World, objects: readonly Manifest[], declared?: Declarations): Promise<void> {
  const text = JSON.stringify(objects).replaceAll(NAMESPACE, world.namespace);
  const hashes = (declared?.rollouts ?? []).map((spec) =>
    [NAMESPACE, world.namespace].map((at) => routingIn(at, spec)),
  );
  let all = JSON.parse(hashes.reduce((all, [old, now]) => all.replaceAll(old!, now!), text)) as Manifest[];

  function routingIn(namespace: string, { workloadRef, ...spec }: Declarations['rollouts'][number]): string {
    const { trafficRoutingRef, trafficRoutings, canaryLabel } = spec;
    const lane = declared!.lanes.find(({ name }) => name === trafficRoutingRef);
    const placed = lane && { lane: { ...lane, namespace } };
    return digest({ workload: workloadRef.name, trafficRoutingRef, trafficRoutings, canaryLabel, ...placed });
  }
  const order = ['Service', 'Ingress', 'HTTPRoute', 'VirtualService', 'DestinationRule', 'Deployment', 'ConfigMap'];
  all = all.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const uids = new Map<string, string>();
  for (const object of all) {
    const named = JSON.parse(
      [...uids].reduce((text, [old, uid]) => text.replaceAll(`\\"${old}\\"`, `\\"${uid}\\"`), JSON.stringify(object)),
    ) as Manifest;
    const live = await place(world, named);
    if (object.kind === 'Deployment') uids.set(object.metadata.uid as string, live.metadata.uid);
  }
}

async function place(world: World, { metadata, ...object }: Manifest): Promise<Live> {
  const { uid: _, managedFields, ...rest } = metadata;
  const bare: Manifest = { ...object, metadata: rest };
  if (object.kind !== 'Deployment') return own(world, await world.user.create(bare), managedFields);
  // A paused Deployment would never make the pods that stood there.
  const { paused, ...spec } = object.spec as { paused?: boolean };
  const running = await world.user.create({ ...bare, spec });
  await rolledOut(world, running);
  if (paused) await change(world, running, (live) => ({ ...live, spec: { ...spec, paused } }));
  return own(world, running, managedFields);
}

/** Behind all other changes: who changes a field owns it. */
function own(world: World, made: Live, managedFields: unknown): Promise<Live> {
  return change(world, made, (live) => ({ ...live, metadata: { ...live.metadata, managedFields } }));
}

/** Controllers write at the same time. */
async function change(world: World, made: Live, changed: (live: Live) => Manifest): Promise<Live> {
  for (;;) {
    try {
      return await world.user.update(changed((await world.user.get(refOf(made)))!));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
  }
}

async function rolledOut(world: World, deployment: Live): Promise<void> {
  const wanted = (deployment.spec as { replicas: number }).replicas;
  await eventually(world, `${deployment.metadata.name} rolled out`, async () => {
    const { status = {} } = ((await world.user.get(refOf(deployment))) ?? {}) as {
      status?: { availableReplicas?: number; updatedReplicas?: number };
    };
    return status.availableReplicas === wanted && status.updatedReplicas === wanted;
  });
}

/** Stable is as declared, nothing of ours is left, and what the user wrote is as he wrote it. */
async function expectAtRest(world: World, declared: Declarations, rollout: string, base: readonly Manifest[]) {
  const { workloadRef } = declared.rollouts.find(({ name }) => name === rollout)!;
  const workload = declared.objects.find(({ metadata }) => metadata.name === workloadRef.name)!;
  const { template, replicas } = workload.spec as { replicas: number; template: Template };
  const tag = template.spec.containers[0]!.image.split(':')[1]!;
  await eventually(world, 'old pods gone', async () => (await podsOf()).length === replicas);
  expect(await podsOf()).toEqual(Array.from({ length: replicas }, () => tag));
  const kinds = [
    ...new Map(base.map(({ apiVersion, kind }) => [kind, { apiVersion, kind }])).values(),
    { apiVersion: 'apps/v1', kind: 'Deployment' },
  ];
  const live = (await Promise.all(kinds.map((kind) => world.user.list(kind, { namespace: world.namespace })))).flat();
  expect(live.filter(isOurs).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  for (const object of base) {
    const found = live.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name)!;
    expect(found.spec).toMatchObject(object.spec as object);
    expect(JSON.stringify(found.spec)).not.toContain('canary');
    expect(notesOf(found)).toEqual([]);
  }
  expect(await holders(world)).toEqual([]);

  async function podsOf(): Promise<string[]> {
    return versions(world, template.metadata.labels);
  }
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

function notesOf({ metadata }: Live): string[] {
  return Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('graylane.io/'));
}

async function holders(world: World): Promise<unknown[]> {
  const maps = await world.user.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: world.namespace });
  return maps.flatMap(({ data }) => {
    const { holders: text } = (data ?? {}) as { holders?: string };
    return text === undefined ? [] : (JSON.parse(text) as unknown[]);
  });
}
