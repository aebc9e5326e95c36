/** A real Prometheus, which scrapes real servers while they are asked: what their releases come to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  answerOf,
  type CheckAbout,
  type CheckSpec,
  metricsPresets,
  type Question,
  questionsOf,
  type Reply,
} from 'graylane';
import { connect } from '../../lib/cluster/client/connection';
import { realOutside } from '../../lib/cluster/client/outside';
import type { Outside } from '../../lib/cluster';
import { waitFor } from '../stack/wait';
import { App, scrape, type Scraping } from './scraping';
import { kubeconfigOf } from './servers';

const never = new AbortController().signal;
const apps = {
  stable: new App('web', 100),
  healthy: new App('healthy-canary', 400),
  bad: new App('bad-canary', 25),
  idle: new App('idle-canary', 1),
};
let scraping: Scraping;
let prometheus: string;
let since: number;

beforeAll(async () => {
  scraping = await scrape(Object.values(apps));
  prometheus = scraping.url;
  const { stable, healthy, bad } = apps;
  // Of the requests of one tick most are stable's.
  scraping.traffic([healthy, bad, stable, stable, stable, stable, stable]);
  since = Date.now();
});

afterAll(() => scraping.stop());

const about = (app: App): CheckAbout => ({
  namespace: 'shop',
  since,
  canary: { deployment: app.deployment, service: app.deployment },
  stable: { deployment: 'web', service: 'web' },
  alike: true,
});

const atMost = (): CheckSpec => ({
  name: 'errors',
  requests: { prometheus, metrics: 'opentelemetry', atMost: '1%' },
});
const noWorse = (): CheckSpec => ({
  name: 'errors',
  requests: { prometheus, metrics: 'opentelemetry', noWorseThan: {} },
});

/** As a run would that begins now. */
async function outside(): Promise<Outside> {
  return realOutside(await connect({ kubeconfig: kubeconfigOf('http://127.0.0.1:1') }), {});
}

async function answer(check: CheckSpec, app: App, now = Date.now(), seconds?: number): Promise<Answer> {
  const who = await outside();
  const replies = new Map<string, Reply>();
  for (const question of questionsOf(check, about(app), now)) {
    const asked = seconds === undefined ? question : { ...question, timeoutSeconds: seconds };
    replies.set(JSON.stringify(question), await who.ask(asked, never));
  }
  return answerOf(check, about(app), (question: Question) => replies.get(JSON.stringify(question))!, now);
}

/** Asks until it is decided, each time as if it were the first. */
async function decided(check: CheckSpec, app: App): Promise<{ answer: Answer; at: number }> {
  const look = async () => {
    const at = Date.now();
    const said = await answer(check, app, at);
    return said.is !== 'not-yet' && { answer: said, at };
  };
  return waitFor(`a verdict on ${app.deployment}`, look, { timeoutSeconds: 1200 });
}

describe.each([
  ['atMost', atMost],
  ['noWorseThan', noWorse],
])('%s', (_, check) => {
  test('a healthy release holds, one with four times the errors is broken, and one without requests is neither', async () => {
    const [good, bad] = await Promise.all([decided(check(), apps.healthy), decided(check(), apps.bad)]);
    expect(good.answer.is).toBe('holds');
    expect(bad.answer).toMatchObject({ is: 'broken', why: expect.stringMatching(/^of bad-canary \d+ of/) as string });
    const later = Date.now() + 60_000;
    expect(await answer(check(), apps.bad)).toEqual(bad.answer);
    expect(await answer(check(), apps.bad, bad.at)).toEqual(bad.answer);
    expect(await answer(check(), apps.idle, later)).toMatchObject({
      is: 'not-yet',
      awaited: expect.stringMatching(/^no requests of canary/) as string,
    });
  });
});

describe.each(metricsPresets)('the metrics of %s', (metrics) => {
  test.each([{}, { slowerThanSeconds: 0.5 }, { slowerThanSeconds: 1 }])(
    'are PromQL that Prometheus knows: %j',
    async (more) => {
      const terms = { prometheus, metrics, noWorseThan: {}, ...more };
      const [question] = questionsOf({ name: 'a', requests: terms }, about(apps.healthy), since + 60_000);
      expect(await (await outside()).ask(question!, never)).toMatchObject({ is: 'http', status: 200 });
    },
  );
});

test('what it does not understand is not yet, in its own words', async () => {
  const check: CheckSpec = { name: 'a', requests: { prometheus, metrics: { failed: 'a{', total: 'b' }, atMost: '1%' } };
  expect(await answer(check, apps.healthy, since + 60_000)).toMatchObject({
    is: 'not-yet',
    awaited: expect.stringMatching(/status 400: .*parse error/) as string,
  });
});

test('one that is slow, and one that is gone, is not yet with its reason', async () => {
  expect(await answer(atMost(), apps.bad, Date.now(), 0.000001)).toMatchObject({
    is: 'not-yet',
    awaited: expect.stringContaining('no reply within') as string,
  });
  await scraping.stop();
  expect(await answer(atMost(), apps.bad)).toMatchObject({
    is: 'not-yet',
    awaited: expect.stringContaining('ECONNREFUSED') as string,
  });
});
