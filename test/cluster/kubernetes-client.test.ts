/** The client against a server that answers as it is told: paths, retries, and what is final. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Api, asFailure, kinds, realWorld } from '../../lib/cluster';
import { ruleFor } from '../../lib/cluster/client/kubernetes-client';
import { retrying } from '../../lib/cluster/port/retrying';
import { ApiError } from '../../lib/cluster';

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks instead. */
  readonly breaks?: boolean;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

const resources = {
  '/api/v1': [
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
    { name: 'pods', kind: 'Pod', namespaced: true },
    { name: 'pods/status', kind: 'Pod', namespaced: true },
    { name: 'namespaces', kind: 'Namespace', namespaced: false },
  ],
};

const object = { ...kinds.configMap, metadata: { name: 'one', namespace: 'shop' } };
const ref = { ...kinds.configMap, name: 'one', namespace: 'shop' };
const conflict = { status: 409, body: { reason: 'Conflict', message: 'the object has been modified' } };

describe('the client', () => {
  let server: Server;
  let asked: Asked[] = [];
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('asks once where a kind is, and reads by the right path', async () => {
    const api = await serve([{ body: object }, { body: object }]);
    await api.get(ref);
    await api.get(ref);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1',
      'GET /api/v1/namespaces/shop/configmaps/one',
      'GET /api/v1/namespaces/shop/configmaps/one',
    ]);
    expect(asked[0]!.authorization).toBe('Bearer secret');
  });

  test('a kind that the server does not know is nothing, and is asked for again', async () => {
    const api = await serve([]);
    const unknown = { apiVersion: 'example.com/v1', kind: 'Thing' };
    expect(await api.get({ ...unknown, name: 'x', namespace: 'shop' })).toBeUndefined();
    expect(await api.list(unknown)).toEqual([]);
    expect(asked.map(({ path }) => path)).toEqual(['/apis/example.com/v1', '/apis/example.com/v1']);
    await expect(api.create({ ...unknown, metadata: { name: 'x' } })).rejects.toMatchObject({ status: 404 });
  });

  test('items of a list say what they are; labels and namespace select', async () => {
    const api = await serve([{ body: { items: [{ metadata: { name: 'a' } }] } }]);
    const found = await api.list(kinds.pod, { namespace: 'shop', labels: { app: 'x', track: 'canary' } });
    expect(found).toEqual([{ ...kinds.pod, metadata: { name: 'a' } }]);
    expect(asked[1]!.path).toBe('/api/v1/namespaces/shop/pods?limit=500&labelSelector=app%3Dx%2Ctrack%3Dcanary');
  });

  const page = (name: string, rest?: string): Answer => ({
    body: { metadata: { ...(rest && { continue: rest }) }, items: [{ metadata: { name } }] },
  });
  const gone: Answer = {
    status: 410,
    body: { reason: 'Expired', message: 'The provided continue parameter is too old' },
  };

  test.each<[string, Answer[], string[]]>([
    ['page by page', [page('a', 'x/1'), page('b', 'x/2'), page('c')], ['', '&continue=x%2F1', '&continue=x%2F2']],
    [
      'again where the server has forgotten the rest',
      [page('a', 'x'), gone, page('a'), page('b')],
      ['', '&continue=x', ''],
    ],
  ])('reads a long list %s', async (_, answers, asks) => {
    const api = await serve(answers);
    const found = await api.list(kinds.pod, { namespace: 'shop' });
    expect(found.map(({ metadata }) => metadata.name)).toEqual(asks.length === 3 && asks[2] ? ['a', 'b', 'c'] : ['a']);
    expect(asked.slice(1).map(({ path }) => path.replace(/^.*\?limit=500/, ''))).toEqual(asks);
  });

  test('server-side apply: manager, force, dry run', async () => {
    const api = await serve([{ body: object }, { body: object }]);
    await api.apply(object, { force: true });
    await api.apply(object, { dryRun: true });
    expect(asked.slice(1).map(({ method, path, type }) => [method, path.split('?')[1], type])).toEqual([
      ['PATCH', 'fieldManager=graylane&force=true', 'application/apply-patch+yaml'],
      ['PATCH', 'fieldManager=graylane&force=false&dryRun=All', 'application/apply-patch+yaml'],
    ]);
  });

  test('deletes in the background, only that very object, and bears that it is gone', async () => {
    const api = await serve([{ status: 404, body: { reason: 'NotFound' } }]);
    await api.delete(ref, 'uid-1');
    expect(JSON.parse(asked[1]!.body)).toEqual({ propagationPolicy: 'Background', preconditions: { uid: 'uid-1' } });
  });

  const passing: [what: string, answers: Answer[]][] = [
    ['a broken connection', [{ breaks: true }]],
    ['500', [{ status: 500 }]],
    ['503 with a page instead of a Status', [{ status: 503, body: '<html>busy</html>' }]],
    ['429 with Retry-After', [{ status: 429, headers: { 'retry-after': '0' } }]],
    ['a page instead of an answer', [{ body: '<html>welcome</html>' }]],
    ['an answer that breaks off', [{ body: '{"apiVersion": "v1", "metad' }]],
    ['several of them', [{ status: 502 }, { breaks: true }, { status: 429 }]],
  ];
  test.each(passing)('%s passes', async (_, answers) => {
    const api = await serve([...answers, { body: object }]);
    expect(await api.get(ref)).toEqual(object);
  });

  test('a conflict passes for a forced apply, and for nothing that depends on what was read', async () => {
    const api = await serve([conflict, { body: object }, conflict, conflict, conflict]);
    expect(await api.apply(object, { force: true })).toEqual(object);
    await expect(api.update(object)).rejects.toMatchObject({ status: 409 });
    await expect(api.apply(object)).rejects.toMatchObject({ status: 409 });
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: '7' } };
    await expect(api.apply(versioned, { force: true })).rejects.toMatchObject({ status: 409 });
  });

  describe('401', () => {
    const refused = { status: 401, body: { reason: 'Unauthorized', message: 'Unauthorized' } };

    test('passes with fresh credentials: those of a plugin are asked for anew, before they have run out', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'graylane-'));
      const status = { token: 'TOKEN', expirationTimestamp: '2999-01-01T00:00:00Z' };
      const credential = JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status,
      });
      const script = `echo x >> asked; echo '${credential}' | sed "s/TOKEN/token-$(wc -l < asked | tr -d ' ')/"`;
      const plugin = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'sh',
        args: ['-c', `cd ${folder}; ${script}`],
      };
      const api = await serve([{ body: object }, refused, { body: object }], { exec: plugin });
      await api.get(ref);
      await api.get(ref);
      const tokens = asked.map(({ authorization }) => authorization);
      expect(tokens).toEqual([...Array<string>(3).fill('Bearer token-1'), 'Bearer token-2']);
    });

    test('twice is final, and is never called a missing rule', async () => {
      const api = await serve([refused, refused]);
      const error: unknown = await api.get(ref).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 401 });
      const told = asFailure(error as ApiError, 'web').message;
      expect(told).toMatch('401 Unauthorized');
      expect(told).toMatch('log in again');
      expect(told).not.toMatch('rule');
    });
  });

  test('403 is final, and says which rule is missing', async () => {
    const api = await serve([{ status: 403, body: { reason: 'Forbidden', message: 'no' } }]);
    const refused = api.patch(ref, {});
    await expect(refused).rejects.toThrow('{apiGroups: [""], resources: ["configmaps"], verbs: ["patch"]}');
    expect(asked).toHaveLength(2);
  });

  test('a namespace that is gone, or on its way out, is told from other objects and missing rights', async () => {
    const notFound = (kind: string) => ({
      status: 404,
      body: { reason: 'NotFound', message: 'no', details: { kind } },
    });
    const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }];
    const ending = { status: 403, body: { reason: 'Forbidden', message: 'being terminated', details: { causes } } };
    const api = await serve([notFound('namespaces'), ending, notFound('configmaps')]);
    const reasons: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await api
        .create(object)
        .catch((error: ApiError) => reasons.push([error.reason, /missing is the rule/.test(error.message)]));
    }
    expect(reasons).toEqual([
      ['NamespaceMissing', false],
      ['NamespaceMissing', false],
      ['NotFound', false],
    ]);
  });

  test.each([
    ['admission', 'admission webhook "validation.gatekeeper.sh" denied the request: [labels] missing: team'],
    ['a policy of the API server', `configmaps "one" is forbidden: ValidatingAdmissionPolicy 'p' denied request: no`],
    ['a quota', 'services "one" is forbidden: exceeded quota: q, requested: services=1, used: services=5'],
    ['pod security', 'pods "one" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'],
    ['a limit', 'pods "one" is forbidden: maximum cpu usage per Container is 1, but limit is 2'],
    ['a namespace that ends', 'configmaps "one" is forbidden: unable to create new content in namespace shop'],
  ])('403 by %s is told in its own words: no right is missing', async (_, message) => {
    const api = await serve([{ status: 403, body: { reason: 'Forbidden', message } }]);
    await expect(api.create(object)).rejects.toThrow(`create ConfigMap shop/one: 403 Forbidden ${message}`);
    await expect((await serve([{ status: 403, body: { message } }])).create(object)).rejects.not.toThrow('missing is');
  });

  test.each([
    ['an object', 'configmaps "one" is forbidden: User "dev" cannot patch resource "configmaps" in API group ""'],
    ['a kind', 'configmaps is forbidden: User "dev" cannot list resource "configmaps" in API group ""'],
    ['a path', 'forbidden: User "system:anonymous" cannot get path "/api"'],
    ['nothing, of a proxy', ''],
  ])('403 because of a missing right to %s says which rule is missing', async (_, message) => {
    const api = await serve([{ status: 403, body: { reason: 'Forbidden', message } }]);
    await expect(api.patch(ref, {})).rejects.toThrow('missing is the rule');
  });

  test('422 is final, and says which field', async () => {
    const api = await serve([{ status: 422, body: { reason: 'Invalid', message: 'metadata.name: Invalid value' } }]);
    await expect(api.create(object)).rejects.toThrow(
      'create ConfigMap shop/one: 422 Invalid metadata.name: Invalid value',
    );
    expect(asked).toHaveLength(2);
  });

  test('a watch tells of changes, and is begun again when it ends', async () => {
    const api = await serve([{ body: '{"type":"ADDED"}\n' }, { body: '{"type":"MODIFIED"}\n' }]);
    let changes = 0;
    await new Promise<void>((resolve) => {
      const watch = api.watch(kinds.pod, { namespace: 'shop', name: 'a' }, () => {
        if (++changes < 2) return;
        watch.close();
        resolve();
      });
    });
    expect(asked[1]!.path).toBe('/api/v1/namespaces/shop/pods?watch=true&fieldSelector=metadata.name%3Da');
  });

  /** Answers discovery by itself, and every other request with the next answer. */
  async function serve(answers: readonly Answer[], user: object = { token: 'secret' }): Promise<Api> {
    asked = [];
    const left = [...answers];
    server = createServer((request, response) => void answer(request, response, left));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'test', user }],
    };
    return (await realWorld({ kubeconfig: stringify(config) })).api;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, left: Answer[]): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, type: headers['content-type'], authorization: headers.authorization, body });
    const found = resources[url as keyof typeof resources];
    const next: Answer = found
      ? { body: { resources: found } }
      : url.startsWith('/apis/')
        ? { status: 404 }
        : (left.shift() ?? { status: 404 });
    if (next.breaks) return void request.socket.destroy();
    response.writeHead(next.status ?? 200, { connection: 'close', ...next.headers });
    response.end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body ?? {}));
  }
});

describe('retries', () => {
  const failing = (errors: readonly ApiError[]) => {
    const left = [...errors];
    return async () => {
      const error = left.shift();
      if (error) throw error;
      return 'done';
    };
  };

  async function play(
    errors: readonly ApiError[],
    jitter = 0.5,
  ): Promise<{ waits: number[]; ended: string; told: string[] }> {
    const waits: number[] = [];
    const told: string[] = [];
    let time = 0;
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        waits.push(Math.round(ms));
        time += ms;
      },
    };
    const retries = { clock, jitter: () => jitter, log: (line: string) => void told.push(line) };
    const ended = await retrying(retries, failing(errors)).catch((error: ApiError) => `${error.status}`);
    return { waits, ended, told };
  }

  const times = (n: number, error: ApiError) => Array.from({ length: n }, () => error);
  const away = new ApiError(0, '', 'away');

  test('go on for a minute, each wait twice the one before and 5 s at most, and are told once', async () => {
    const { waits, ended, told } = await play(times(99, away));
    expect(waits.slice(0, 7)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
    const all = waits.reduce((a, b) => a + b);
    expect(all).toBeGreaterThan(55_000);
    expect(all).toBeLessThanOrEqual(60_000);
    expect(ended).toBe('0');
    expect(told).toEqual(['away; it is tried again for up to 60 s']);
  });

  test('an interruption ends the wait', async () => {
    const stop = new AbortController();
    const clock = { now: () => 0, sleep: async () => stop.abort(new Error('stopped')) };
    const retries = { clock, jitter: () => 0, log: () => {}, signal: stop.signal };
    await expect(retrying(retries, failing(times(9, away)))).rejects.toThrow('stopped');
  });

  test('are spread: who failed together does not come back together', async () => {
    expect((await play([away], 0)).waits).toEqual([100]);
    expect((await play([away], 1)).waits).toEqual([300]);
  });

  test('wait as long as the server asks, up to half a minute', async () => {
    expect((await play([new ApiError(429, '', '', 2)], 0)).waits).toEqual([2000]);
    expect((await play([new ApiError(429, '', '', 3600)], 0)).waits).toEqual([30_000]);
  });

  test.each([400, 401, 403, 404, 409, 422])('%i is final', async (status) => {
    expect(await play([new ApiError(status, '', '')])).toEqual({ waits: [], ended: `${status}`, told: [] });
  });
});

test.each([
  ['GET', '/apis/apps/v1/namespaces/shop/deployments/a', 'apps', 'deployments', 'get'],
  ['GET', '/api/v1/namespaces/shop/pods?labelSelector=x', '', 'pods', 'list'],
  ['GET', '/api/v1/namespaces/shop/pods?watch=true', '', 'pods', 'watch'],
  ['GET', '/api/v1/configmaps', '', 'configmaps', 'list'],
  ['GET', '/api/v1/namespaces/shop', '', 'namespaces', 'get'],
  [
    'PUT',
    '/apis/coordination.k8s.io/v1/namespaces/shop/leases/a?fieldManager=x',
    'coordination.k8s.io',
    'leases',
    'update',
  ],
] as const)('the rule for %s %s', (method, path, group, resource, verb) => {
  expect(ruleFor({ method, path })).toBe(`{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`);
});
