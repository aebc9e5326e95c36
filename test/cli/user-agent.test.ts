/** An API server's audit log tells whose requests ours are, and what asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { kinds, realWorld } from '../../lib/cluster';
import { pulumiProviderHost } from '../../lib/pulumi/host/provider-host';
import type { ResourceInputs } from '../../lib/pulumi/state';
import { folderWith, graylane } from './fixtures';

const app = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: example.com/web:v1 }] }
---
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: { name: web }
spec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  strategy: { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: 1 }] } }
`;

test.each(['status', 'up -f app.yaml'])('graylane %s', async (command) => {
  const { kubeconfig, agents } = await server();
  const folder = folderWith({ kubeconfig, 'app.yaml': app });
  await graylane([...command.split(' '), '--kubeconfig', 'kubeconfig'], { folder });
  const [name] = command.split(' ');
  expect([...agents]).toEqual([expect.stringMatching(new RegExp(`^graylane/\\d+\\.\\d+\\.\\d+ \\(${name}\\)$`))]);
});

test('programs, and Pulumi', async () => {
  const ref = { ...kinds.pod, name: 'web', namespace: 'shop' };
  for (const [command, open] of [
    ['library', (kubeconfig: string) => realWorld({ kubeconfig })],
    ['pulumi', (kubeconfig: string) => pulumiProviderHost(() => undefined).open({ kubeconfig } as ResourceInputs)],
  ] as const) {
    const { kubeconfig, agents } = await server();
    await (await open(kubeconfig)).api.get(ref);
    expect([...agents]).toEqual([expect.stringMatching(new RegExp(`^graylane/\\S+ \\(${command}\\)$`))]);
  }
});

/** Has nothing, and notes who asks. */
async function server(): Promise<{ kubeconfig: string; agents: Set<string | undefined> }> {
  const agents = new Set<string | undefined>();
  const listening = createServer((request, response) => {
    agents.add(request.headers['user-agent']);
    response.writeHead(404, { connection: 'close' }).end('{}');
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listening.close());
  const { port } = listening.address() as AddressInfo;
  const kubeconfig = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'shop' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'test', user: { token: 'secret' } }],
  });
  return { kubeconfig, agents };
}
