/**
 * Writes running.yaml: what kubectl prints of declared.yaml on the real API server of test/stack, after a restart. Needs
 * kubectl on the PATH.
 *
 *     npx tsx test/cli/dumps/make.ts
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '../../stack/cluster';

async function main(): Promise<void> {
  const cluster = await startCluster();
  try {
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfig() };
    const kubectl = (...args: string[]) => execFileSync('kubectl', args, { cwd: __dirname, env, encoding: 'utf8' });
    kubectl('create', 'namespace', 'shop');
    kubectl('-n', 'shop', 'apply', '-f', 'declared.yaml');
    kubectl('-n', 'shop', 'rollout', 'restart', 'deployment/web');
    writeFileSync(join(__dirname, 'running.yaml'), kubectl('get', 'deployments', '-A', '-o', 'yaml'));
  } finally {
    await cluster.stop();
  }
}

void main();
