/** What http, command and alerts ask, and what they make of each reply. */
import { describe, expect, test } from 'vitest';
import {
  answerOf,
  type AlertsCheck,
  checkWords,
  type CheckSpec,
  type HttpCheck,
  questionsOf,
  type Reply,
} from 'graylane';
import { about, answerTo, http, NOON, questionOf } from './about';

const none: Reply = { is: 'none', why: 'connect ECONNREFUSED 10.0.0.1:80' };

describe('http', () => {
  const check = (more: Partial<HttpCheck> = {}): CheckSpec => ({
    name: 'health',
    http: { url: 'http://web.shop/health', expect: { status: 200 }, ...more },
  });
  const up = check({
    expect: { json: { path: '$.status', equals: 'UP' } },
    broken: { json: { path: '$.status', equals: 'DOWN' } },
  });
  const every = check({ expect: { status: 200, json: { path: '$..ready', equals: true } } });
  const deep = check({ expect: { json: { path: '$', equals: { a: [1, { b: null }] } } } });

  test.each<[string, CheckSpec, Reply, string, RegExp]>([
    ['the status', check(), http(200, ''), 'holds', /^http:\/\/web.shop\/health replied status 200$/],
    ['another status', check(), http(503, ''), 'not-yet', /replied status 503; awaited is status 200$/],
    ['no reply', check(), none, 'not-yet', /^no reply from http:\/\/web.shop\/health: connect ECONNREFUSED/],
    ['a broken status', check({ broken: { status: 500 } }), http(500, ''), 'broken', /replied status 500$/],
    ['neither', check({ broken: { status: 500 } }), http(404, ''), 'not-yet', /status 404; awaited is status 200$/],
    ['broken goes first', check({ broken: { status: 200 } }), http(200, ''), 'broken', /status 200$/],
    ['a value', up, http(200, { status: 'UP' }), 'holds', /status 200, \$\.status = "UP"$/],
    ['a value under any status', up, http(503, { status: 'DOWN' }), 'broken', /status 503, \$\.status = "DOWN"$/],
    ['another value', up, http(200, { status: 'STARTING' }), 'not-yet', /= "STARTING"; awaited is \$\.status = "UP"$/],
    ['a value of another type', up, http(200, { status: ['UP'] }), 'not-yet', /= \["UP"\]; awaited/],
    ['nothing selected', up, http(200, { state: 'UP' }), 'not-yet', /\$\.status selects nothing; awaited/],
    ['no JSON', up, http(200, '<html>\nUP'), 'not-yet', /no JSON: "<html>\\nUP"; awaited/],
    ['JSON cut off', up, http(200, '{"status":"UP"'), 'not-yet', /no JSON/],
    ['every one', every, http(200, [{ ready: true }, { ready: true }]), 'holds', /= true, true$/],
    ['not every one', every, http(200, [{ ready: true }, { ready: false }]), 'not-yet', /= true, false; awaited/],
    ['both must fit', every, http(201, [{ ready: true }]), 'not-yet', /status 201/],
    ['deeply', deep, http(200, { a: [1, { b: null }] }), 'holds', /./],
    ['not as deeply', deep, http(200, { a: [1, { b: 0 }] }), 'not-yet', /./],
    ['a long value is cut', up, http(200, { status: 'x'.repeat(200) }), 'not-yet', /x{70,77}\.\.\.; awaited/],
  ])('%s', (_, spec, reply, is, words) => {
    const answer = answerTo(spec, reply);
    expect(answer.is).toBe(is);
    expect(Object.values(answer).at(-1)).toMatch(words);
  });

  test('asks for what was given, with headers whose secrets it does not know', () => {
    const headers = { Authorization: 'Bearer ${TOKEN}' };
    expect(questionOf(check({ headers, timeoutSeconds: 3 }))).toMatchObject({
      to: 'http',
      url: 'http://web.shop/health',
      headers,
      timeoutSeconds: 3,
    });
    expect(questionOf(check())).toMatchObject({ to: 'http', url: 'http://web.shop/health', timeoutSeconds: 10 });
  });

  test('knows the Service of the canary', () => {
    const spec = check({ url: 'service://{{namespace}}/{{ canary.service }}:80/health' });
    expect(questionOf(spec)).toMatchObject({ url: 'service://shop/web-canary:80/health' });
    expect(answerTo(spec, http(200, ''))).toEqual({
      is: 'holds',
      evidence: 'service://shop/web-canary:80/health replied status 200',
    });
  });

  test('a canary without a Service of its own is told, and nobody is asked', () => {
    const spec = check({ url: 'service://shop/{{canary.service}}:80/' });
    const joined = { ...about, canary: { deployment: 'web-canary' } };
    expect(questionsOf(spec, joined, NOON)).toEqual([]);
    expect(answerOf(spec, joined, () => none, NOON)).toEqual({ is: 'not-yet', awaited: 'there is no canary.service' });
  });
});

describe('command', () => {
  const check: CheckSpec = { name: 'smoke', command: { argv: ['./smoke.sh', '--token=hunter2'] } };
  const exit = (code: number, output = ''): Reply => ({ is: 'exit', code, output });

  test.each<[Reply, string, string]>([
    [exit(0), 'holds', './smoke.sh ended with 0'],
    [exit(0, '12 passed\n'), 'holds', './smoke.sh ended with 0: 12 passed'],
    [exit(1, 'a\n  b\n'), 'broken', './smoke.sh ended with 1: a / b'],
    [exit(2), 'not-yet', './smoke.sh ended with 2'],
    [exit(127), 'not-yet', './smoke.sh ended with 127'],
    [
      { is: 'none', why: 'there is no program ./smoke.sh' },
      'not-yet',
      './smoke.sh did not end: there is no program ./smoke.sh',
    ],
  ])('%j', (reply, is, words) => {
    const answer = answerTo(check, reply);
    expect(answer.is).toBe(is);
    expect(Object.values(answer).at(-1)).toBe(words);
  });

  test('is asked word by word, with what is known filled in', () => {
    const argv = ['run', '{{canary.deployment}} {{namespace}}', '{{.State}}'];
    expect(questionOf({ name: 'a', command: { argv, timeoutSeconds: 5 } })).toMatchObject({
      to: 'command',
      argv: ['run', 'web-canary shop', '{{.State}}'],
      timeoutSeconds: 5,
    });
  });

  test('no word but the first is shown', () => {
    expect(checkWords(check)).toBe('./smoke.sh ends with 0');
  });
});

describe('alerts', () => {
  const check = (from: AlertsCheck['from'], labels = { team: 'shop', pod: '{{canary.deployment}}' }): CheckSpec => ({
    name: 'pages',
    alerts: { source: { url: 'http://prometheus/', headers: { a: '${B}' } }, from, labels },
  });
  const firing = { labels: { alertname: 'Slow', team: 'shop', pod: 'web-canary', zone: 'a' } };
  const other = { labels: { alertname: 'Slow', team: 'shop', pod: 'web' } };
  const prometheus = (...alerts: object[]) => http(200, { status: 'success', data: { alerts } });

  test.each<[string, AlertsCheck['from'], Reply, string, RegExp]>([
    ['none', 'prometheus', prometheus(), 'holds', /^no alert with team=shop, pod=web-canary fires$/],
    ['one', 'prometheus', prometheus({ ...firing, state: 'firing' }), 'broken', /^firing with .*: Slow$/],
    ['of others', 'prometheus', prometheus({ ...other, state: 'firing' }), 'holds', /./],
    ['one that is pending', 'prometheus', prometheus({ ...firing, state: 'pending' }), 'holds', /./],
    ['away', 'prometheus', none, 'not-yet', /^no word of http:\/\/prometheus\/: connect ECONNREFUSED/],
    ['an error', 'prometheus', http(503, { status: 'error', error: 'starting' }), 'not-yet', /status 503: starting$/],
    ['nonsense', 'prometheus', http(200, '<html>'), 'not-yet', /no JSON: "<html>"$/],
    [
      'something else',
      'prometheus',
      http(200, { data: { alerts: [1] } }),
      'not-yet',
      /does not reply like prometheus$/,
    ],
    ['none', 'alertmanager', http(200, []), 'holds', /./],
    ['one', 'alertmanager', http(200, [{ ...firing, status: { state: 'active' } }]), 'broken', /Slow/],
    ['one that is silenced', 'alertmanager', http(200, [{ ...firing, status: { state: 'suppressed' } }]), 'holds', /./],
    ['the other', 'alertmanager', prometheus(), 'not-yet', /does not reply like alertmanager$/],
    ['who may not', 'alertmanager', http(401, ''), 'not-yet', /status 401$/],
  ])('%s at %s', (_, from, reply, is, words) => {
    const answer = answerTo(check(from), reply);
    expect(answer.is).toBe(is);
    expect(Object.values(answer).at(-1)).toMatch(words);
  });

  test('asks below the address', () => {
    expect(questionOf(check('prometheus'))).toMatchObject({
      to: 'http',
      url: 'http://prometheus/api/v1/alerts',
      headers: { a: '${B}' },
      timeoutSeconds: 30,
    });
    expect(questionOf(check('alertmanager'))).toMatchObject({
      url: expect.stringMatching(/^http:\/\/prometheus\/api\/v2\/alerts\?active=true/) as string,
    });
  });
});
