/**
 * Makes the fixtures of this folder. It is run in a checkout of the version whose releases they are, into which this folder
 * has been copied; those that are here were made by commit 5f93ace, the last with ledgers, records and routes of version 1.
 *
 *     npx tsx test/upgrade/make.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, up, type UpRequest } from '../../lib/cluster';
import type { Declarations } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { rolloutMethods } from '../../lib/pulumi/provider';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { SimulatedCluster } from '../../lib/simulated';
import { type FixtureStage, NAMESPACE } from './fixture';
import { Killed, Recorder } from './recorder';
import { type PlayedRelease, pulumiRelease, releases } from './releases';
import { nobody } from '../cluster/nobody';

const folder = join(__dirname, 'fixtures');
let ids = 0;

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const one of releases) {
    const { name, base, before, target, rollout, approve } = one;
    write(name, { base, before, target, rollout, approve, stages: await play(one) });
  }
  const { base, before, target, approve } = pulumiRelease;
  write('pulumi', { base, before, target, rollout: 'web', approve, stages: await playPulumi() });
}

function write(
  name: string,
  fixture: { readonly stages: readonly FixtureStage[]; readonly [field: string]: unknown },
): void {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(fixture)}\n`);
  console.log(`${name}: ${fixture.stages.map(({ stage }) => stage).join(', ')}`);
}

async function play({ base, before, target, runs, rollout }: PlayedRelease): Promise<FixtureStage[]> {
  const cluster = await clusterWith(base);
  for (const { name } of before.rollouts) await release(cluster, cluster.client(), before, { rollout: name });
  const recorder = new Recorder(cluster, rollout);
  for (const { declare, killedAt, ...request } of runs) {
    const declarations = declare === 'before' ? before : target;
    const run = release(cluster, recorder.api(killedAt), declarations, { rollout, ...request });
    await run.catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
  }
  return recorder.stages;
}

async function clusterWith(base: PlayedRelease['base']): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster();
  const user = cluster.client('kubectl');
  for (const object of base) await user.apply({ ...object, metadata: { namespace: NAMESPACE, ...object.metadata } });
  return cluster;
}

function release({ clock }: SimulatedCluster, api: Api, declarations: Declarations, request: Partial<UpRequest>) {
  const engine = { api, clock, random: { id: () => `run${++ids}` }, gateways, report: () => {} };
  return up(engine, { declarations, namespace: NAMESPACE, ...request });
}

/** Every update is killed at the next stage; what Pulumi keeps of it, it gives to the one after. */
async function playPulumi(): Promise<FixtureStage[]> {
  const { base, before, target, approve } = pulumiRelease;
  const cluster = await clusterWith(base);
  const recorder = new Recorder(cluster, 'web');
  const environment = { GRAYLANE_APPROVE: approve.join(',') };
  const methods = (api: Api) =>
    rolloutMethods({
      open: async () => ({
        api,
        clock: cluster.clock,
        random: { id: () => `run${++ids}` },
        outside: nobody,
        namespace: NAMESPACE,
      }),
      environment,
      config: () => undefined,
      log: () => {},
      flushed: async () => {},
      gone: new AbortController().signal,
    });
  const check = async (olds: object, declared: DeclaredRollout) =>
    ((await methods(cluster.client()).check(olds, declared)) as { inputs: object }).inputs;
  const inputs = await check({}, before);
  const made = await methods(recorder.api()).create(inputs as never);
  let state = made.outs as object;
  const stages: FixtureStage[] = [];
  for (const killedAt of ['step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute', 'stable']) {
    const news = await check(inputs, target);
    const update = methods(recorder.api(killedAt)).update(made.id, state, news as never);
    state = await update.then(
      ({ outs }) => outs as object,
      (error: unknown) => {
        const { properties } = error as { properties?: object };
        if (properties) return properties;
        throw error;
      },
    );
    stages.push({ ...recorder.stages.at(-1)!, kept: { id: made.id, inputs, outputs: state } });
  }
  return stages;
}

void main();
