/** A kubeconfig that leads to no server: the error says what there is. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../lib/cluster/client/connection';

const kubeconfig = JSON.stringify({
  clusters: [{ name: 'one', cluster: { server: 'https://one.example.com' } }],
  users: [{ name: 'me', user: { token: 'hunter2' } }],
  contexts: [{ name: 'dev', context: { cluster: 'one', user: 'me' } }],
});

test.each([
  [{ kubeconfig }, /no current context; there are: dev\. .*\(unreachable\)$/],
  [{ kubeconfig, context: 'prod' }, /no cluster for the context "prod"; there are: dev\. .*\(unreachable\)$/],
  [{ kubeconfig: '{}' }, /no current context; there are: none\. .*\(unreachable\)$/],
])('%#', async (options, message) => {
  await expect(connect(options)).rejects.toThrow(message);
  await expect(connect(options)).rejects.not.toThrow(/hunter2/);
});

test('one that does, with the namespace of its context', async () => {
  expect(await connect({ kubeconfig, context: 'dev' })).toMatchObject({
    server: 'https://one.example.com',
    namespace: 'default',
  });
});

test('no kubeconfig anywhere is told, and no server on this machine is taken for one', async () => {
  vi.stubEnv('KUBECONFIG', undefined);
  vi.stubEnv('HOME', '/no/such/folder');
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(connect()).rejects.toThrow(/there is none in KUBECONFIG or ~\/\.kube\/config.*\(unreachable\)$/);
});

/** A kubeconfig of this server and user. */
const configOf = (server: string, user: object) =>
  JSON.stringify({
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'dev', context: { cluster: 'one', user: 'me' } }],
    'current-context': 'dev',
  });

test('credentials that cannot be had are told as such', async () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', interactiveMode: 'Never' };
  const connection = await connect({ kubeconfig: configOf('https://127.0.0.1:1', { exec }) });
  await expect(connection.call({ method: 'GET', path: '/' })).rejects.toThrow(
    /no credentials: .*no-such-plugin.*\(unreachable\)$/,
  );
});

test('a server without TLS, as `kubectl proxy` is one, needs no option', async () => {
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const connection = await connect({ kubeconfig: configOf(`http://127.0.0.1:${port}`, {}) });
  expect(await connection.call({ method: 'GET', path: '/' })).toMatchObject({ status: 200, text: '{}' });
});
