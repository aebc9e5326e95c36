/** Releases that ask a real Prometheus, which scrapes real servers: by themselves to the end, back, or nowhere. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineError, follow, type Outcome, type Progress, up } from '../../../lib/cluster';
import { connect } from '../../../lib/cluster/client/connection';
import { realOutside } from '../../../lib/cluster/client/outside';
import type { Declarations, Step } from '../../../lib/core';
import { App, scrape, type Scraping } from '../../checks/scraping';
import { kubeconfigOf } from '../../checks/servers';
import { web, webBase } from '../app';
import { engineOf, release, userApplies, versions, type World } from '../world';
import { real } from './world';

const { make } = real();

/** What the canary of each release does with its requests; nobody sends any to the idle one. */
const FAILS_EVERY = { healthy: 400, bad: 25, killed: 25, idle: 1 };
type Name = keyof typeof FAILS_EVERY;

const worlds = new Map<Name, World>();
const canaries = new Map<Name, App>();
let scraping: Scraping;

beforeAll(async () => {
  for (const [name, failsEvery] of Object.entries(FAILS_EVERY) as [Name, number][]) {
    const world = await make();
    worlds.set(name, world);
    canaries.set(name, new App('web-canary', failsEvery, world.namespace));
    await userApplies(world, webBase);
    await release(world, declared('v1', 'http://prometheus'));
  }
  scraping = await scrape([...canaries.values()]);
  scraping.traffic([...canaries].flatMap(([name, app]) => (name === 'idle' ? [] : [app])));
});

afterAll(() => scraping.stop());

function declared(version: string, prometheus: string): Declarations {
  const steps: Step[] = [{ replicas: 1, traffic: '20%', pause: { duration: 60 } }];
  const requests = { prometheus, metrics: 'opentelemetry', atMost: '1%' } as const;
  return web(steps, { version }, { checks: [{ name: 'errors', requests }] });
}

async function asked(name: Name, told: Progress[] = [], signal?: AbortSignal) {
  const world = worlds.get(name)!;
  const outside = realOutside(await connect({ kubeconfig: kubeconfigOf('http://127.0.0.1:1') }), {});
  const engine = engineOf(world, told, { outside, ...(signal && { signal }) });
  return { engine, request: { declarations: declared('v2', scraping.url), namespace: world.namespace } };
}

async function byItself(name: Name): Promise<Outcome | undefined> {
  const { engine, request } = await asked(name);
  return follow(engine, request);
}

/** What stable runs in the end. */
const stable = (name: Name) => versions(worlds.get(name)!, { app: 'web' });

test('a healthy one goes to its end by itself', async () => {
  expect(await byItself('healthy')).toMatchObject({ stage: 'stable' });
  expect(await stable('healthy')).toEqual(['v2', 'v2', 'v2']);
});

test('one with four times the errors is taken back', async () => {
  const outcome = await byItself('bad');
  expect(outcome!.takenBack!.because).toMatch(/^errors: of web-canary \d+ of [\d,]+ requests .* fail: more than 1%$/);
  expect(await stable('bad')).toEqual(['v1', 'v1', 'v1']);
});

test('one that is killed while it waits, and goes on later, comes to the same verdict', async () => {
  const controller = new AbortController();
  const told: Progress[] = [];
  const { engine, request } = await asked('killed', told, controller.signal);
  const kill = (progress: Progress) => {
    told.push(progress);
    const waits = progress.is === 'waiting' && progress.what.startsWith('errors: ');
    if (waits) controller.abort(new EngineError('interrupted', 'web', 'killed'));
  };
  await expect(up({ ...engine, report: kill }, request)).rejects.toThrow('killed');
  expect((await byItself('killed'))!.takenBack!.because).toMatch(/^errors: of web-canary .* more than 1%$/);
  expect(await stable('killed')).toEqual(['v1', 'v1', 'v1']);
});

test('one without requests waits', async () => {
  const told: Progress[] = [];
  const { engine, request } = await asked('idle', told);
  expect(await up(engine, request)).toMatchObject({ stage: 'step-1/route', gate: { step: 1 } });
  expect(told.at(-1)).toMatchObject({
    is: 'waiting',
    what: expect.stringMatching(/^errors: no requests of canary/) as string,
  });
});
