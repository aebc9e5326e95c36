import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on loopback for the time of a test; its address. */
export async function serverOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A kubeconfig of a server without TLS. */
export function kubeconfigOf(server: string): string {
  return JSON.stringify({
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'hunter2' } }],
    contexts: [{ name: 'dev', context: { cluster: 'one', user: 'me' } }],
    'current-context': 'dev',
  });
}
