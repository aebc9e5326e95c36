/** Brings a control plane of our own up, until its nodes are ready. */
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Access } from './access';
import { writeKubeconfig } from './access';
import { Api } from './api';
import type { Backing } from './backing';
import { buildTools } from './build';
import type { ControlPlane, Program } from './control-plane';
import { actors, apiServer, etcd, files, serverUrl } from './control-plane';
import { freePorts } from './ports';
import { Processes } from './processes';
import { programFile } from './tools';
import type { User, UserName } from './users';
import { newUsers, tokenFile } from './users';
import { waitFor } from './wait';

/** Each of its phases takes a second or two, on a machine that has nothing else to do. */
const patience = { timeoutSeconds: 60 };

const nodes = ['node-1', 'node-2'];

export async function startControlPlane(): Promise<Backing> {
  await buildTools();
  const plane = await newControlPlane();
  const users = newUsers();
  const processes = new Processes(plane.folder);
  try {
    writeSecrets(plane, users);
    startPrograms(processes, [etcd(plane), apiServer(plane)]);
    const access = accessOf(plane, users, await serverCertificate(plane, processes));
    writeKubeconfig(join(plane.folder, files.kubeconfig), access.admin);
    await startNodes(access.admin, processes);
    return {
      folder: plane.folder,
      access,
      pids: processes.pids,
      isOurs: true,
      stop: ({ keepLogs }) => stop(processes, keepLogs),
    };
  } catch (error) {
    keep(processes.logs);
    await processes.stop();
    throw error;
  }
}

async function newControlPlane(): Promise<ControlPlane> {
  const [etcdPort, etcdPeer, apiServerPort] = (await freePorts(3)) as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'graylane-test-'));
  return { folder, ports: { etcd: etcdPort, etcdPeer, apiServer: apiServerPort } };
}

function writeSecrets({ folder }: ControlPlane, users: readonly User[]): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' });
  writeFileSync(join(folder, files.serviceAccountKey), pem, { mode: 0o600 });
  writeFileSync(join(folder, files.tokens), tokenFile(users), { mode: 0o600 });
}

function startPrograms(processes: Processes, programs: readonly Program[]): void {
  for (const { name, args } of programs) processes.start(name, programFile(name), args);
}

/** The API server writes it soon after its start. */
function serverCertificate({ folder }: ControlPlane, processes: Processes): Promise<string> {
  const file = join(folder, files.serverCertificate);
  const complete = async () => {
    processes.check();
    const pem = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return pem.trimEnd().endsWith('-----END CERTIFICATE-----') && pem;
  };
  return waitFor('the certificate of the API server', complete, patience);
}

function accessOf(plane: ControlPlane, users: readonly User[], ca: string): Record<UserName, Access> {
  const entries = users.map(({ name, token }) => [name, { server: serverUrl(plane), ca, token }]);
  return Object.fromEntries(entries) as Record<UserName, Access>;
}

async function startNodes(admin: Access, processes: Processes): Promise<void> {
  const api = new Api(admin);
  const until = (what: string, look: () => Promise<boolean>) => {
    const lookWhileRunning = async () => {
      processes.check();
      return look();
    };
    return waitFor(what, lookWhileRunning, patience);
  };
  try {
    await until('the API server to be ready', () => api.answers('/readyz'));
    startPrograms(processes, actors(join(__dirname, 'kwok.yaml')));
    await Promise.all(nodes.map((name) => api.create('/api/v1/nodes', { metadata: { name } })));
    await until('nodes to be ready', () => nodesAreReady(api));
  } finally {
    api.close();
  }
}

async function nodesAreReady(api: Api): Promise<boolean> {
  interface Nodes {
    items: { status?: { conditions?: { type: string; status: string }[] } }[];
  }
  const { items } = await api.get<Nodes>('/api/v1/nodes');
  return items.every(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
}

/** @throws if a program has ended by itself: what the tests have seen then was not a whole cluster */
async function stop(processes: Processes, keepLogs = false): Promise<void> {
  if (keepLogs || processes.failed) keep(processes.logs);
  await processes.stop();
  processes.check();
}

function keep(logs: string): void {
  const kept = join(__dirname, 'logs', `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`);
  cpSync(logs, kept, { recursive: true });
  console.error(`logs of the cluster: ${relative(process.cwd(), kept)}`);
}
