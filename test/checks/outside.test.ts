/** Real servers and programs: whatever they do, there is a reply, or the reason why there is none. */
import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { CommandQuestion, HttpQuestion, Question, Reply } from 'graylane';
import { connect } from '../../lib/cluster/client/connection';
import { realOutside } from '../../lib/cluster/client/outside';
import { kubeconfigOf, serverOf } from './servers';

const never = new AbortController().signal;

async function ask(question: Question, signal = never, server = 'http://127.0.0.1:1'): Promise<Reply> {
  const connection = await connect({ kubeconfig: kubeconfigOf(server) });
  return realOutside(connection, { PATH: process.env.PATH, TOKEN: 'hunter2' }).ask(question, signal);
}

const at = (url: string, more: Partial<HttpQuestion> = {}): HttpQuestion => ({
  to: 'http',
  url,
  timeoutSeconds: 30,
  ...more,
});

test.each<[string, RequestListener, Reply]>([
  ['a reply', (_, response) => response.end('ready'), { is: 'http', status: 200, body: 'ready' }],
  [
    'who may not',
    (_, response) => response.writeHead(401).end('who are you'),
    { is: 'http', status: 401, body: 'who are you' },
  ],
  [
    'a redirect is not followed',
    (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    { is: 'http', status: 302, body: '' },
  ],
  ['a broken connection', (request) => request.socket.destroy(), { is: 'none', why: 'socket hang up' }],
  [
    'one that breaks off',
    (_, response) => response.writeHead(200, { 'content-length': 100 }).write('begin', () => response.destroy()),
    { is: 'none', why: 'aborted' },
  ],
  [
    'no HTTP',
    (request) => request.socket.end('nonsense\n\n'),
    { is: 'none', why: expect.stringMatching(/^Parse Error/) as string },
  ],
])('%s', async (_, listener, expected) => {
  expect(await ask(at(await serverOf(listener)))).toEqual(expected);
});

test.each<[string, RequestListener]>([
  ['says nothing', () => {}],
  ['says a word and no more', (_, response) => void response.write('wait')],
])('an address that %s has replied nothing when its time is over', async (_, listener) => {
  const url = await serverOf(listener);
  expect(await ask(at(url, { timeoutSeconds: 0.1 }))).toEqual({ is: 'none', why: 'no reply within 0.1 s' });
});

test('nobody at the address is told', async () => {
  expect(await ask(at('http://127.0.0.1:1/'))).toEqual({
    is: 'none',
    why: expect.stringContaining('ECONNREFUSED') as string,
  });
});

test('a reply without an end is cut off, and told', async () => {
  const part = Buffer.alloc(1024 * 1024);
  const url = await serverOf((_, response) => {
    const more = () => void (response.write(part) ? setImmediate(more) : response.once('drain', more));
    more();
  });
  expect(await ask(at(url))).toEqual({ is: 'none', why: 'the reply is longer than 32 MiB' });
});

test("a form is posted, with headers whose secrets are the environment's", async () => {
  let seen: { method?: string; headers: IncomingHttpHeaders } | undefined;
  const url = await serverOf((request, response) => {
    seen = request;
    void request.toArray().then((parts) => response.end(parts.join('')));
  });
  const reply = await ask(at(url, { form: { query: 'a{b="c"}&d' }, headers: { Authorization: 'Bearer ${TOKEN}' } }));
  expect(reply).toMatchObject({ body: 'query=a%7Bb%3D%22c%22%7D%26d' });
  expect(seen!.method).toBe('POST');
  expect(seen!.headers).toMatchObject({
    authorization: 'Bearer hunter2',
    'content-type': 'application/x-www-form-urlencoded',
  });
});

test('a secret that the environment lacks is told, and nobody is asked', async () => {
  const headers = { Authorization: 'Bearer ${NO_TOKEN}' };
  expect(await ask(at('http://127.0.0.1:1/', { headers }))).toEqual({
    is: 'none',
    why: 'the environment has no NO_TOKEN, for the header Authorization',
  });
});

test('a secret that is no header is refused without a word of it', async () => {
  const connection = await connect({ kubeconfig: kubeconfigOf('http://127.0.0.1:1') });
  const outside = realOutside(connection, { TOKEN: 'hunter2\n' });
  const reply = await outside.ask(at('http://127.0.0.1:1/', { headers: { 'x-token': '${TOKEN}' } }), never);
  expect(reply).toMatchObject({ is: 'none' });
  expect(JSON.stringify(reply)).not.toContain('hunter2');
});

test('a Service of the cluster is asked through the API server, with the credentials for it', async () => {
  const seen: unknown[] = [];
  const server = await serverOf((request, response) => {
    seen.push([request.method, request.url, request.headers.authorization, request.headers['x-scope-orgid']]);
    response.end('{}');
  });
  const question = at('service://monitoring/prometheus:9090/api/v1/query_range?a=b', {
    headers: { 'X-Scope-OrgID': '1' },
  });
  expect(await ask(question, never, server)).toEqual({ is: 'http', status: 200, body: '{}' });
  expect(await ask(at('service://a/https:b:443', { form: { c: 'd' } }), never, server)).toMatchObject({ status: 200 });
  expect(seen).toEqual([
    [
      'GET',
      '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query_range?a=b',
      'Bearer hunter2',
      '1',
    ],
    ['POST', '/api/v1/namespaces/a/services/https:b:443/proxy/', 'Bearer hunter2', undefined],
  ]);
});

test('what the API server says for a Service is no reply of the Service', async () => {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'no endpoints available', code: 503 };
  const server = await serverOf((request, response) => {
    response.writeHead(503).end(request.url!.includes('/gone:') ? JSON.stringify(status) : '{"status":"DOWN"}');
  });
  expect(await ask(at('service://shop/gone:80/'), never, server)).toEqual({
    is: 'none',
    why: '503 of the API server: no endpoints available',
  });
  expect(await ask(at('service://shop/down:80/'), never, server)).toMatchObject({ is: 'http', status: 503 });
});

test('what is of the past is asked once, unless it failed', async () => {
  let asked = 0;
  const url = await serverOf((_, response) => response.writeHead(++asked === 1 ? 500 : 200).end(String(asked)));
  const outside = realOutside(await connect({ kubeconfig: kubeconfigOf('http://127.0.0.1:1') }), {});
  const bodies = async (question: Question) => {
    const reply = await outside.ask(question, never);
    return reply.is === 'http' ? reply.body : undefined;
  };
  const settled = at(url, { settled: true });
  expect([await bodies(settled), await bodies(settled), await bodies(settled)]).toEqual(['1', '2', '2']);
  expect([await bodies(at(url)), await bodies(at(url)), await bodies(settled)]).toEqual(['3', '4', '2']);
});

const run = (...argv: string[]): CommandQuestion => ({ to: 'command', argv, timeoutSeconds: 30 });
const script = (text: string) => run('/bin/sh', '-c', text);

test.each<[string, CommandQuestion, Reply]>([
  ['how it ends, and its last words', script('echo a; echo b >&2; exit 3'), { is: 'exit', code: 3, output: 'a\nb\n' }],
  ['no shell reads its arguments', run('echo', '$HOME; exit 1'), { is: 'exit', code: 0, output: '$HOME; exit 1\n' }],
  ['nobody has its input', run('cat'), { is: 'exit', code: 0, output: '' }],
  ['a program that is not there', run('no-such-program'), { is: 'none', why: 'there is no program no-such-program' }],
  ['one that dies of a signal', script('kill -TERM $$'), { is: 'none', why: 'it was ended by SIGTERM' }],
  ['one that may not be run', run('/dev/null'), { is: 'none', why: expect.stringContaining('EACCES') as string }],
])('%s', async (_, question, expected) => {
  expect(await ask(question)).toEqual(expected);
});

test('a program gets the environment of who asks', async () => {
  expect(await ask(script('echo $TOKEN'))).toMatchObject({ output: 'hunter2\n' });
});

test('of a flood of words the last ones are kept', async () => {
  const reply = await ask(script('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done'));
  expect(reply).toMatchObject({ is: 'exit', code: 0 });
  const { output } = reply as Extract<Reply, { is: 'exit' }>;
  expect(output.length).toBeLessThanOrEqual(2000);
  expect(output).toMatch(/line 19999\n$/);
});

/** Connects, says a word, and stays; before that it starts another one that does the same. */
const stays = (port: number) => `
  const stay = 'require("node:net").connect(${port}, "127.0.0.1").write("here")';
  require('node:child_process').spawn(process.execPath, ['-e', stay], { stdio: 'inherit' });
  eval(stay);`;

test('when it is stopped, a program ends with all that it has started', async () => {
  const family = await watched(2);
  const controller = new AbortController();
  const reply = ask(run(process.execPath, '-e', stays(family.port)), controller.signal);
  await family.all;
  controller.abort(new Error('enough'));
  await expect(reply).rejects.toThrow('enough');
  await family.gone;
});

test('what a program leaves behind ends with it', async () => {
  const family = await watched(2);
  const leaves = `
    const stay = 'require("node:net").connect(${family.port}, "127.0.0.1").write("here")';
    require('node:child_process').spawn(process.execPath, ['-e', stay], { stdio: 'inherit' });
    const told = require('node:net').connect(${family.port}, '127.0.0.1').on('data', () => process.exit(7));
    told.write('here');`;
  expect(await ask(run(process.execPath, '-e', leaves))).toMatchObject({ is: 'exit', code: 7 });
  await family.gone;
});

test('a program that is over its time has not ended', async () => {
  expect(await ask({ ...run('sleep', '1000'), timeoutSeconds: 0.1 })).toEqual({
    is: 'none',
    why: 'no reply within 0.1 s',
  });
});

test('who has been stopped asks nobody', async () => {
  let asked = 0;
  const url = await serverOf((_, response) => void response.end(String(++asked)));
  await expect(ask(at(url), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(asked).toBe(0);
});

test('the signal ends a question that waits', async () => {
  const controller = new AbortController();
  const url = await serverOf(() => controller.abort(new Error('stopped')));
  await expect(ask(at(url), controller.signal)).rejects.toThrow('stopped');
});

/** Processes that connect: a word from `count` of them, which is told to all, and the end of each connection. */
async function watched(count: number) {
  const sockets = new Set<Socket>();
  const story = new EventEmitter();
  const [all, gone] = [once(story, 'all'), once(story, 'gone')];
  let words = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket) && sockets.size === 0 && story.emit('gone'));
    socket.on('data', () => {
      if (++words < count) return;
      story.emit('all');
      for (const one of sockets) one.write('all are here');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, all, gone };
}
