/** The process of dynamic resources: what it hands on of Pulumi's ^C. */
import { createServer } from 'node:http';
import { type AddressInfo, Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { kinds } from '../../lib/cluster';
import { engineFor, pulumiProviderHost } from '../../lib/pulumi/host/provider-host';

const servers: Server[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<Server> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** An API server that has no time; how often it is asked. */
async function busyServer() {
  const asked: string[] = [];
  const server = await listening(
    createServer((request, response) => {
      asked.push(request.url!);
      const headers = { connection: 'close', 'retry-after': '30' };
      response.writeHead(asked.length === 1 ? 503 : 404, headers).end('{}');
    }),
  );
  const { port } = server.address() as AddressInfo;
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'test', user: {} }],
  });
  return { asked, kubeconfig };
}

const record = { ...kinds.configMap, namespace: 'shop', name: 'web' };

test.each([
  ['what is asked', 'get', 'api'],
  ['what is looked up for a preview', 'get', 'ahead'],
  ['what is written', 'update', 'api'],
] as const)('^C ends the wait for a server that is away: %s', async (_, verb, by) => {
  const { asked, kubeconfig } = await busyServer();
  const pulumi = await listening(new Server());
  vi.spyOn(console, 'error');
  const told = vi.spyOn(console, 'log').mockImplementation(() => {
    setImmediate(() => pulumi.emit('stream', {}, { ':path': '/pulumirpc.ResourceProvider/Cancel' }));
  });
  const host = pulumiProviderHost(() => undefined);
  const engine = await engineFor(host, { resource: 'web', kubeconfig });
  const api = by === 'api' ? engine.api : engine.ahead.api;
  const call = verb === 'get' ? api.get(record) : api.update({ ...kinds.configMap, metadata: record });
  await expect(call).rejects.toMatchObject({ code: 'interrupted' });
  expect(told).toHaveBeenCalledWith(expect.stringContaining('it is tried again'));
  expect(asked).toHaveLength(1);
});
