/** What the requests check asks of Prometheus, and what it makes of the replies. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  answerOf,
  type CheckSpec,
  type HttpQuestion,
  questionsOf,
  type Reply,
  type RequestsCheck,
} from 'graylane';
import { countedIn } from '../../lib/core/checks/counted';
import { readSeries, type Series } from '../../lib/core/checks/series';
import { about, answerTo, http, NOON } from './about';
import { prometheus, type Scraped, success } from './model-prometheus';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const counters = { failed: 'f{ {{canary}} }', total: 't{ {{canary}} }' };

const check = (more: object = {}): CheckSpec => ({
  name: 'errors',
  requests: { prometheus: 'http://prometheus:9090', metrics: counters, atMost: '1%', ...more } as RequestsCheck,
});
const beside = (more: object = {}) => check({ atMost: undefined, noWorseThan: {}, ...more });

/** A counter that grows by as much each minute, scraped every 15 s from a minute before noon. */
function steady(part: string, perMinute: number, minutes = 60, labels = { instance: 'a' }): Scraped {
  const samples = Array.from({ length: 4 * (minutes + 1) }, (_, i) => {
    const time = NOON - MINUTE + i * 15 * SECOND;
    return [time, Math.floor((perMinute * i) / 4)] as const;
  });
  return { part, labels, samples };
}

function answerAt(spec: CheckSpec, history: readonly Scraped[], minutes: number): Answer {
  return answerOf(spec, about, prometheus(history), NOON + minutes * MINUTE + 16 * SECOND);
}

describe('the question', () => {
  const questionsAt = (seconds: number, spec = check()) =>
    questionsOf(spec, about, NOON + seconds * SECOND) as readonly HttpQuestion[];

  test('is one query over whole intervals that are over, and were scraped', () => {
    expect(questionsAt(29)).toEqual([]);
    expect(questionsAt(30)).toHaveLength(1);
    expect(questionsAt(74)).toMatchObject([
      {
        to: 'http',
        url: 'http://prometheus:9090/api/v1/query_range',
        form: {
          query:
            'label_replace(f{ namespace="shop",pod=~"web-canary-[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}" }\n' +
            ', "graylane_part", "canary failed", "", "") or ' +
            'label_replace(t{ namespace="shop",pod=~"web-canary-[bcdfghjklmnpqrstvwxz2456789]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}" }\n' +
            ', "graylane_part", "canary total", "", "")',
          start: (NOON / 1000).toFixed(3),
          end: (NOON / 1000 + 45).toFixed(3),
          step: '15',
        },
        timeoutSeconds: 30,
      },
    ]);
  });

  test('asks for stable beside it, and for none where the limit is a share', () => {
    const [{ form }] = questionsAt(100, beside()) as [HttpQuestion];
    expect(form!.query).toMatch(/"canary failed".*"canary total".*pod=~"web-\[bcd.*"stable failed".*"stable total"/s);
    expect(questionsAt(100)[0]!.form!.query).not.toContain('stable');
    const own = beside({ noWorseThan: { stable: { failed: 'sf', total: 'st' } } });
    expect(questionsAt(100, own)[0]!.form!.query).toMatch(/label_replace\(sf\n, "graylane_part", "stable failed"/);
  });

  test.each([
    [59 * 60 + 45, [[0, 238, false]]],
    [60 * 60, [[0, 239, true]]],
    [
      60 * 60 + 15,
      [
        [0, 239, true],
        [240, 240, false],
      ],
    ],
    [
      24 * 60 * 60,
      expect.arrayContaining([
        [240, 479, true],
        [5520, 5759, true],
      ]),
    ],
  ])('is divided after %d s: what is of the past is told to be so', (seconds, expected) => {
    const asked = questionsAt(seconds).map(({ form, settled = false }) => [
      (Number(form!.start) - NOON / 1000) / 15,
      (Number(form!.end) - NOON / 1000) / 15,
      settled,
    ]);
    expect(asked).toEqual(expected);
  });

  test('goes to the address with its headers', () => {
    const spec = check({ prometheus: { url: 'service://monitoring/prometheus:9090/', headers: { a: '${B}' } } });
    expect(questionsAt(100, spec)[0]).toMatchObject({
      url: 'service://monitoring/prometheus:9090/api/v1/query_range',
      headers: { a: '${B}' },
    });
  });
});

describe('counting', () => {
  /** Failed and all requests of the canary in each interval. */
  function counted(history: readonly Scraped[], intervals: number) {
    const series = new Map<string, Series>();
    const reply = prometheus(history)({
      to: 'http',
      url: '',
      form: { start: String(NOON / 1000), end: String(NOON / 1000 + 15 * intervals), step: '15' },
      timeoutSeconds: 1,
    }) as Extract<Reply, { is: 'http' }>;
    expect(readSeries(JSON.parse(reply.body), NOON, series)).toBeUndefined();
    return countedIn([...series.values()], intervals).map(({ canary }) => [canary.failed, canary.total]);
  }
  const at = (...values: (number | undefined)[]) =>
    values.flatMap((value, i) => (value === undefined ? [] : [[NOON + i * 15 * SECOND, value] as const]));
  const total = (samples: Scraped['samples'], instance = 'a'): Scraped => ({
    part: 'canary total',
    labels: { instance },
    samples,
  });
  const failed = (samples: Scraped['samples'], instance = 'a'): Scraped => ({
    part: 'canary failed',
    labels: { instance, code: '500' },
    samples,
  });

  test.each<[string, Scraped[], number[][]]>([
    [
      'increments',
      [total(at(10, 15, 15, 18))],
      [
        [0, 5],
        [0, 0],
        [0, 3],
      ],
    ],
    [
      'those of all counters',
      [total(at(10, 15, 17)), total(at(3, 4, 6), 'b')],
      [
        [0, 6],
        [0, 4],
      ],
    ],
    [
      'a restart is no drop',
      [total(at(10, 15, 2, 4))],
      [
        [0, 5],
        [0, 2],
        [0, 2],
      ],
    ],
    ['a restart to more is not seen', [total(at(10, 12))], [[0, 2]]],
    [
      'a scrape that failed is made up for',
      [total(at(10, undefined, 18))],
      [
        [0, 0],
        [0, 8],
      ],
    ],
    [
      'before the begin nothing counts',
      [
        total([
          [NOON - MINUTE, 7],
          [NOON + 10 * SECOND, 9],
        ]),
      ],
      [[0, 2]],
    ],
    [
      'the first failure of a pod that was there',
      [total(at(1, 4, 9)), failed(at(undefined, undefined, 2))],
      [
        [0, 3],
        [2, 5],
      ],
    ],
    [
      'a pod that was not there',
      [total(at(undefined, 100, 103)), failed(at(undefined, 50, 51))],
      [
        [0, 0],
        [1, 3],
      ],
    ],
    [
      'one pod beside another',
      [total(at(1, 1, 1)), total(at(undefined, 100, 101), 'b')],
      [
        [0, 0],
        [0, 1],
      ],
    ],
  ])('%s', (_, history, expected) => {
    expect(counted(history, expected.length)).toEqual(expected);
  });

  test('requests that took longer are all but those that did not', () => {
    const within: Scraped = { ...total(at(1, 4, 5)), part: 'canary within' };
    expect(counted([total(at(1, 6, 8)), within], 2)).toEqual([
      [2, 5],
      [1, 2],
    ]);
  });

  test('resets change no count, wherever they are', () => {
    const growth = fc.array(fc.record({ by: fc.nat(50), restart: fc.boolean() }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(growth, (steps) => {
        let [plain, value] = [1000, 1000];
        const samples = steps.map(({ by, restart }) => {
          plain += by;
          // A restart to as much as before cannot be told from none; nobody counts as fast as that.
          value = restart && by < value ? by : value + by;
          return [plain, value] as const;
        });
        const [whole, broken] = [0, 1].map((i) =>
          counted([total(at(1000, ...samples.map((one) => one[i])))], steps.length),
        );
        expect(broken).toEqual(whole);
      }),
    );
  });
});

describe('the answer', () => {
  const healthy = [steady('canary total', 150), steady('canary failed', 0)];
  const bad = [steady('canary total', 150), steady('canary failed', 6)];
  const stable = [steady('stable total', 1350), steady('stable failed', 1)];

  test.each<[string, CheckSpec, Scraped[], number, Answer['is'], RegExp]>([
    ['good', check(), healthy, 30, 'holds', /^of web-canary 0 of 4,500 requests \(0%\) fail: at most 1%$/],
    [
      'too soon',
      check(),
      healthy,
      2,
      'not-yet',
      /^of web-canary 0 of 300 requests \(0%\) fail: undecided whether at most 1%$/,
    ],
    ['bad', check(), bad, 30, 'broken', /^of web-canary \d+ of \d+ requests \(\d(\.\d)?%\) fail: more than 1%$/],
    ['good enough for more', check({ atMost: '10%' }), bad, 30, 'holds', /at most 10%$/],
    [
      'no requests',
      check(),
      [steady('canary total', 0)],
      30,
      'not-yet',
      /^no requests of web-canary since 2026-11-28T12:00:00.000Z$/,
    ],
    [
      'no counters',
      check(),
      [],
      30,
      'not-yet',
      /^no requests of canary: Prometheus has nothing for t\{ namespace="shop"/,
    ],
    ['only failures', check(), [steady('canary failed', 5)], 30, 'not-yet', /^no requests of canary/],
    [
      'as good as stable',
      beside(),
      [...healthy, ...stable],
      30,
      'holds',
      /^of web-canary 0 of 4,500 requests \(0%\), of web \d+ of 40,500 requests \(.*%\) fail: at most 2 times stable's share \(or 0\.5%\)$/,
    ],
    [
      'worse than stable',
      beside(),
      [...bad, ...stable],
      30,
      'broken',
      /fail: more than 2 times stable's share \(and than 0\.5%\)$/,
    ],
    [
      'stable is as bad',
      beside(),
      [...bad, steady('stable total', 1350), steady('stable failed', 54)],
      30,
      'holds',
      /./,
    ],
    [
      'nothing of stable',
      beside(),
      bad,
      30,
      'not-yet',
      /^no requests of stable: Prometheus has nothing for t\{ namespace="shop",pod=~"web-\[/,
    ],
    [
      'fast',
      check({ metrics: 'istio', slowerThanSeconds: 0.5 }),
      [steady('canary total', 150), steady('canary within', 150)],
      30,
      'holds',
      /^of web-canary 0 of 4,500 requests \(0%\) take longer than 0\.5 s: at most 1%$/,
    ],
    [
      'slow',
      check({ metrics: 'istio', slowerThanSeconds: 0.5 }),
      [steady('canary total', 150), steady('canary within', 75)],
      30,
      'broken',
      /take longer than 0\.5 s: more than 1%$/,
    ],
    [
      'no bucket',
      check({ metrics: 'istio', slowerThanSeconds: 0.6 }),
      [steady('canary total', 150)],
      30,
      'not-yet',
      /^no such bucket: Prometheus has nothing for istio_request_duration_milliseconds_bucket\{.*le=~"600/,
    ],
  ])('%s', (_, spec, history, minutes, is, words) => {
    const answer = answerAt(spec, history, minutes);
    expect({ ...answer, is: answer.is }).toMatchObject({ is });
    expect(answer.is === 'holds' ? answer.evidence : answer.is === 'broken' ? answer.why : answer.awaited).toMatch(
      words,
    );
  });

  test.each<[string, Reply, RegExp]>([
    ['away', { is: 'none', why: 'connect ECONNREFUSED 10.0.0.1:9090' }, /ECONNREFUSED 10\.0\.0\.1:9090$/],
    ['slow', { is: 'none', why: 'no reply within 30 s' }, /no reply within 30 s$/],
    ['starting', http(503, 'Service Unavailable'), /status 503$/],
    [
      'what it does not understand',
      http(400, { status: 'error', error: '1:5: parse error' }),
      /status 400: 1:5: parse error$/,
    ],
    ['who may not', http(401, 'Unauthorized'), /status 401$/],
    ['a redirect', http(302, ''), /status 302$/],
    ['nonsense', http(200, '<html>login</html>'), /no JSON: "<html>login<\/html>"$/],
    ['other JSON', http(200, { hello: 1 }), /it does not reply like Prometheus$/],
    ['a vector', success({ resultType: 'vector', result: [] }), /it does not reply like Prometheus$/],
    [
      'series without numbers',
      success({ resultType: 'matrix', result: [{ metric: {}, values: [[1, 2]] }] }),
      /not reply like/,
    ],
    [
      'a part of it',
      success({ resultType: 'matrix', result: [] }, { warnings: ['store timed out'] }),
      /it is not all: store timed out$/,
    ],
  ])('of a Prometheus that is %s is not yet, with its reason', (_, reply, words) => {
    const answer = answerTo(check(), reply, NOON + 10 * MINUTE) as Extract<Answer, { is: 'not-yet' }>;
    expect(answer).toMatchObject({ is: 'not-yet', since: '2026-11-28T12:00:00.000Z' });
    expect(answer.awaited).toMatch(words);
    expect(answer.awaited).toMatch(/^no word of http:\/\/prometheus:9090: /);
  });

  test('of the first seconds is not yet, without a question', () => {
    expect(answerOf(check(), about, () => expect.fail('asked'), NOON + 10 * SECOND)).toEqual({
      is: 'not-yet',
      awaited: 'requests are counted in intervals of 15 s, and none is over',
      since: '2026-11-28T12:00:00.000Z',
    });
  });

  test('what gets other requests is not compared, without a question', () => {
    const unlike = { ...about, alike: false };
    expect(questionsOf(beside(), unlike, NOON + MINUTE)).toEqual([]);
    expect(answerOf(beside(), unlike, () => expect.fail('asked'), NOON + MINUTE)).toMatchObject({
      is: 'not-yet',
      awaited: 'canary and stable get other requests, which cannot be compared',
    });
    expect(questionsOf(check(), unlike, NOON + MINUTE)).toHaveLength(1);
  });

  test('one part of a long time that nobody replies to is not yet', () => {
    const now = NOON + 3 * 60 * MINUTE;
    const [, second] = questionsOf(check(), about, now);
    const whole = prometheus([steady('canary total', 150, 200)]);
    const reply = (question: Parameters<typeof whole>[0]): Reply =>
      JSON.stringify(question) === JSON.stringify(second) ? { is: 'none', why: 'gone' } : whole(question);
    expect(answerOf(check(), about, whole, now).is).toBe('holds');
    expect(answerOf(check(), about, reply, now)).toMatchObject({
      is: 'not-yet',
      awaited: expect.stringContaining('gone') as string,
    });
  });
});

describe('the verdict', () => {
  /** Releases of an hour, each with a share of failures that may change on the way. */
  const release = fc.record({
    perMinute: fc.constantFrom(6, 30, 150, 600),
    shares: fc.array(fc.constantFrom(0, 0.002, 0.01, 0.03, 0.2), { minLength: 1, maxLength: 4 }),
    scrape: fc.constantFrom(5, 15, 30),
    seed: fc.nat(),
  });
  const asked = fc.array(fc.integer({ min: 0, max: 3600 }), { minLength: 1, maxLength: 8 });

  function historyOf({ perMinute, shares, scrape, seed }: typeof release extends fc.Arbitrary<infer T> ? T : never) {
    const random = numbers(seed);
    let [failed, total] = [0, 0];
    const samples: [number, number, number][] = [];
    for (let second = -60; second <= 3700; second += scrape) {
      const share = shares[Math.max(0, Math.min(shares.length - 1, Math.floor((second * shares.length) / 3600)))]!;
      const count = Math.round((perMinute * scrape * 2 * random()) / 60);
      total += count;
      for (let i = 0; i < count; i++) if (random() < share) failed++;
      samples.push([NOON + second * SECOND, failed, total]);
    }
    const part = (name: string, i: 1 | 2): Scraped => ({
      part: name,
      samples: samples.map((one) => [one[0], one[i]] as const),
    });
    return [part('canary failed', 1), part('canary total', 2)];
  }

  test('never depends on how often it was asked, nor on what came after, and broken stays broken', () => {
    fc.assert(
      fc.property(release, asked, (declared, seconds) => {
        const history = historyOf(declared);
        let before: Answer | undefined;
        for (const second of [...seconds].sort((a, b) => a - b)) {
          const now = NOON + second * SECOND;
          const known = history.map((one) => ({ ...one, samples: one.samples.filter(([time]) => time <= now) }));
          const answer = answerOf(check(), about, prometheus(known), now);
          expect(answerOf(check(), about, prometheus(history), now)).toEqual(answer);
          if (before?.is === 'broken') expect(answer).toEqual(before);
          if (before?.is === 'holds') expect(answer.is).not.toBe('not-yet');
          before = answer;
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** The same numbers from 0 to 1 for a seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}
