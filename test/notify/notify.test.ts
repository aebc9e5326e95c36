/** One event for each transition to webhooks on loopback: signed, tried again, and never in the way of a release. */
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../lib/cluster';
import { GraylaneError, type ReleaseEvent } from '../../lib/core';
import { bodyOf, headersOf, notifier, notifierFor, parseTargets } from '../../lib/notify';
import { SimulatedCluster } from '../../lib/simulated';
import { web, webBase } from '../cluster/app';
import { simulated, worldOf } from '../cluster/simulated.world';
import { release, userApplies, type World } from '../cluster/world';
import { type Answered, type Receiver, receiver } from './receiver';

const SECRET = 'whsec_plJ3nmyCDGBKInavdOK15jsl';
const event: ReleaseEvent = {
  event: 'gate',
  rollout: 'web',
  namespace: 'shop',
  release: 12,
  id: '5f0c1e9ab3d2',
  stage: 'step-1/route',
  stable: 'v1',
  target: 'v2',
  step: 1,
  approval: 'web#12-5f0c1e9ab3d2/step-1',
  message: 'shop/web: release 12 waits at step-1; to go on: <web#12> & more',
};

const receivers: Receiver[] = [];
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((one) => one.stop()));
});

async function receiving(answer?: (n: number) => Answered | undefined): Promise<Receiver> {
  const one = await receiver(answer);
  receivers.push(one);
  return one;
}

interface Sent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

const bodies = ({ received }: Receiver) => received.map(({ body }) => JSON.parse(body) as Sent);

/** Pauses between attempts take no time, and who waits for the end waits for the sockets of this machine. */
function patientClock(): Clock {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        // Who waits for the end.
        if (milliseconds === 10_000) return signal?.addEventListener('abort', () => resolve());
        now += milliseconds;
        resolve();
      }),
  };
}

function tellTo(url: string, secret?: string, clock = patientClock()) {
  const warnings: string[] = [];
  const warn = (what: string) => void warnings.push(what);
  const random = { id: () => `id${Math.floor(clock.now())}` };
  const one = notifierFor({ '--notify': url }, secret)({ cluster: 'https://kubernetes', clock, random, warn });
  return { ...one, warnings, clock };
}

describe('what is sent', () => {
  test('the signature is that of Standard Webhooks: a vector that others have published', () => {
    const body = '{"event_type":"ping","data":{"success":true}}';
    expect(headersOf('msg_loFOjxBNrRLzqYUf', body, SECRET, 1731705121_000)).toEqual({
      'content-type': 'application/json',
      'webhook-id': 'msg_loFOjxBNrRLzqYUf',
      'webhook-timestamp': '1731705121',
      'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    });
  });

  test('a secret may be any text; without one nothing is signed', () => {
    const expected = createHmac('sha256', 'my secret').update('id.1.body').digest('base64');
    expect(headersOf('id', 'body', 'my secret', 1999)['webhook-signature']).toBe(`v1,${expected}`);
    expect(headersOf('id', 'body', undefined, 1999)).not.toHaveProperty('webhook-signature');
  });

  test('generic: type, time and all that is known; slack: the sentence, without what Slack takes for markup', () => {
    const message = { id: 'msg_1', at: Date.parse('2026-01-01T03:00:00Z'), cluster: 'https://kubernetes', event };
    const { event: _, ...data } = event;
    expect(JSON.parse(bodyOf(message, { form: 'generic' }))).toEqual({
      type: 'release.gate',
      timestamp: '2026-01-01T03:00:00.000Z',
      data: { cluster: 'https://kubernetes', ...data },
    });
    expect(JSON.parse(bodyOf(message, { form: 'slack' }))).toEqual({
      text: 'shop/web: release 12 waits at step-1; to go on: &lt;web#12&gt; &amp; more',
    });
  });

  test.each([
    ['https://hooks.slack.com/services/T0/B0/x', 'slack', 'https://hooks.slack.com/services/T0/B0/x'],
    ['slack+https://chat.example.com/hooks/x', 'slack', 'https://chat.example.com/hooks/x'],
    ['https://example.com/hooks.slack.com', 'generic', 'https://example.com/hooks.slack.com'],
  ])('%s is of form %s', (text, form, url) => {
    expect(parseTargets([text], '--notify')).toEqual([{ url, form, name: new URL(url).host }]);
  });

  test.each(['secret-text', 'ftp://example.com/secret-text', 'slack+secret-text', 'https://'])(
    '%s is refused, and not shown',
    (text) => {
      const parse = () => parseTargets([text], 'GRAYLANE_NOTIFY');
      expect(parse).toThrow(GraylaneError);
      expect(parse).not.toThrow(/secret-text/);
    },
  );
});

describe('how it is sent', () => {
  test('signed with the time of each attempt, under the id of the event', async () => {
    const hook = await receiving((n) => ({ status: n === 0 ? 503 : 204 }));
    const { notify, drained, warnings } = tellTo(hook.url, SECRET);
    notify(event);
    await drained();
    expect(hook.received).toHaveLength(2);
    const [first, second] = hook.received.map(({ headers }) => headers);
    expect(first!['webhook-id']).toBe(second!['webhook-id']);
    expect(Number(second!['webhook-timestamp'])).toBeGreaterThan(Number(first!['webhook-timestamp']));
    for (const { headers, body } of hook.received) {
      const [id, at] = [headers['webhook-id'] as string, headers['webhook-timestamp'] as string];
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const expected = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    }
    expect(warnings).toEqual([]);
  });

  test.each([
    ['an error of the server is tried four times', 500, 4],
    ['too many requests are, too', 429, 4],
    ['what is refused is not', 403, 1],
    ['what is redirected goes nowhere', 302, 1],
  ])('%s; it is told once, without the URL', async (_, status, times) => {
    const hook = await receiving(() => ({ status, headers: { location: 'http://127.0.0.1:1/', 'retry-after': '1' } }));
    const { notify, drained, warnings } = tellTo(hook.url, SECRET);
    notify(event);
    await drained();
    notify(event);
    await drained();
    expect(hook.received).toHaveLength(2 * times);
    expect(warnings).toEqual([`notifications: ${new URL(hook.url).host} does not take them: status ${status}`]);
  });

  test('nobody there: the same, by the code of the connection', async () => {
    const hook = await receiving();
    await hook.stop();
    const { notify, drained, warnings } = tellTo(hook.url, SECRET);
    notify(event);
    await drained();
    expect(warnings).toEqual([`notifications: ${new URL(hook.url).host} does not take them: ECONNREFUSED`]);
    expect(warnings.join()).not.toMatch(/secret-path|whsec_/);
  });

  test('events come in their order, also where the first has to be sent again', async () => {
    const hook = await receiving((n) => ({ status: n === 0 ? 500 : 200 }));
    const { notify, drained } = tellTo(hook.url);
    for (const n of [1, 2, 3]) notify({ ...event, release: n });
    await drained();
    expect(bodies(hook).map(({ data }) => data.release)).toEqual([1, 1, 2, 3]);
  });

  test('one that never answers holds nothing up: a run ends 10 s later at most', async () => {
    const hook = await receiving(() => undefined);
    const { clock } = new SimulatedCluster();
    const { notify, drained } = tellTo(hook.url, SECRET, clock);
    notify(event);
    await vi.waitFor(() => expect(hook.received).toHaveLength(1));
    const before = clock.now();
    await drained();
    expect(clock.now() - before).toBeLessThanOrEqual(10_000);
    // Nothing is left that would keep the process from ending; without that it would be there for 5 s more.
    await vi.waitFor(() => expect([hook.received.length, hook.left()]).toEqual([1, 1]));
  });
});

describe('the events of a release', () => {
  const steps = [{ replicas: 1, traffic: '20%' }] as const;

  async function told(play: (world: World, over: { notify: (event: ReleaseEvent) => void }) => Promise<void>) {
    const world = await simulated.make();
    await userApplies(world, webBase);
    await release(world, web(steps));
    const events: ReleaseEvent[] = [];
    await play(world, { notify: (one) => void events.push(one) });
    return events;
  }
  const brief = (events: readonly ReleaseEvent[]) => events.map(({ event, stage }) => `${event} ${stage}`);
  const approve = ['web#1/step-1'];

  test('forward: each stage, the gate, who approved, the end; once each', async () => {
    const events = await told(async (world, over) => {
      await release(world, web(steps, { version: 'v2' }), {}, over);
      await release(world, web(steps, { version: 'v2' }), {}, over);
      await release(world, web(steps, { version: 'v2' }), { approve, by: 'anna' }, over);
    });
    expect(brief(events)).toEqual([
      'stage step-1/canary',
      'stage step-1/route',
      'gate step-1/route',
      'approved promote/stable',
      'stage promote/stable',
      'stage promote/unroute',
      'stage stable',
      'over stable',
    ]);
    const gate = events.find((one) => one.event === 'gate')!;
    expect(gate).toMatchObject({ step: 1, release: 1, approval: `web#1-${gate.id}/step-1` });
    expect(events.find((one) => one.event === 'approved')).toMatchObject({ step: 1, by: 'anna' });
    expect(events.at(-1)).toMatchObject({ promoted: true, stable: gate.target });
  });

  test('back: aborted, its stages, and the end', async () => {
    const events = await told(async (world, over) => {
      await release(world, web(steps, { version: 'v2' }), {}, over);
      await release(world, web(steps, { version: 'v2' }), { abort: true }, over);
    });
    expect(brief(events).slice(3)).toEqual([
      'aborted abort/unroute',
      'stage abort/unroute',
      'stage start',
      'over start',
    ]);
    expect(events.at(-1)).toMatchObject({ promoted: false });
  });

  test('broken: a canary that does not get ready in time, with the reason', async () => {
    const events = await told(async (world, over) => {
      const failed = release(world, web(steps, { version: 'unready' }), { timeout: 2 }, over);
      await expect(failed).rejects.toMatchObject({ code: 'deadline' });
    });
    expect(brief(events)).toEqual(['stage step-1/canary', 'broken step-1/canary']);
    expect(events[1]).toMatchObject({ code: 'deadline', why: expect.stringContaining('canary web-canary') as string });
  });

  test('a third revision: the end of the one, then the other', async () => {
    const events = await told(async (world, over) => {
      await release(world, web(steps, { version: 'v2' }), {}, over);
      await release(world, web(steps, { version: 'v3' }), {}, over);
    });
    expect(events.slice(3).map(({ event, release }) => `${release} ${event}`)).toEqual([
      '1 aborted',
      '1 stage',
      '1 stage',
      '1 over',
      '2 stage',
      '2 stage',
      '2 gate',
    ]);
  });

  test('a release takes no longer, and goes as well, with a webhook that is away', async () => {
    const hook = await receiving(() => undefined);
    const lasts = async (url?: string) => {
      const cluster = new SimulatedCluster();
      const world = worldOf(cluster);
      await userApplies(world, webBase);
      await release(world, web(steps));
      const targets = parseTargets(url === undefined ? [] : [url], '--notify');
      const { clock } = cluster;
      const { notify } = notifier({ targets, cluster: 'c', clock, random: { id: () => 'id' }, warn: () => {} });
      const before = clock.now();
      const { gate } = await release(world, web(steps, { version: 'v2' }), {}, { notify });
      expect(gate?.step).toBe(1);
      return clock.now() - before;
    };
    expect(await lasts(hook.url)).toBe(await lasts());
  });
});
