/**
 * What a kubelet does with the pods of Jobs, as far as tests need it: it runs them as processes of this machine, with their
 * arguments, environment, files and credentials, ends those whose pod is deleted, and tells how they have ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeKubeconfig } from './access';
import type { Cluster } from './cluster';
import type { List } from './sample';

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly envFrom?: readonly { readonly secretRef: { readonly name: string } }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface JobPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly [Container];
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  };
  readonly status: { readonly phase: string };
}

interface Data {
  readonly data?: Readonly<Record<string, string>>;
}

interface Started {
  readonly pod: JobPod;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

const LOOK = 100;

export class NodeAgent {
  /** What the processes have written, all of them. */
  output = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'graylane-node-'));
  private readonly started = new Map<string, Started>();
  private stopped = false;
  private readonly loop: Promise<void>;

  /** @param command what the image's entry point is */
  constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
    private readonly command: readonly [string, ...string[]],
  ) {
    this.loop = this.run();
  }

  /** How many processes it has started. */
  get starts(): number {
    return this.started.size;
  }

  /** Kills the process of each pod, as a node that loses its power does. */
  killAll(): void {
    for (const { process } of this.started.values()) process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
    this.killAll();
    await Promise.all([...this.started.values()].map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const { items } = await this.cluster.api.get<List<JobPod>>(this.path('pods'), { labelSelector: 'job-name' });
      for (const pod of items) {
        if (pod.status.phase === 'Running' && !this.started.has(pod.metadata.uid)) await this.start(pod);
      }
      const kept = new Set(
        items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.uid),
      );
      for (const [uid, { process }] of this.started) if (!kept.has(uid)) process.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /** As a kubelet it waits for what the pod mounts: the next look begins anew. */
  private async start(pod: JobPod): Promise<void> {
    const { metadata, spec } = pod;
    const [container] = spec.containers;
    const root = join(this.folder, metadata.name);
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const source = spec.volumes?.find((volume) => volume.name === name)?.configMap?.name;
      const mounted = await this.cluster.api.find<Data>(this.path(`configmaps/${source}`));
      if (mounted === undefined) return;
      for (const [file, text] of Object.entries(mounted.data ?? {})) write(join(root, mountPath, file), text);
    }
    const env: Record<string, string> = {};
    for (const { secretRef } of container.envFrom ?? []) {
      const secret = await this.cluster.api.get<Data>(this.path(`secrets/${secretRef.name}`));
      for (const [name, value] of Object.entries(secret.data ?? {}))
        env[name] = Buffer.from(value, 'base64').toString();
    }
    const kubeconfig = join(root, 'kubeconfig');
    mkdirSync(root, { recursive: true });
    writeKubeconfig(kubeconfig, { ...this.cluster.access('admin'), token: await this.token(spec.serviceAccountName) });
    // A container has a file system of its own; here its files are below a folder.
    const args = (container.args ?? []).map((arg) => (arg.startsWith('/') ? join(root, arg) : arg));
    const [program, ...first] = this.command;
    const process = spawn(program, [...first, ...args], {
      env: { ...env, PATH: globalThis.process.env.PATH, KUBECONFIG: kubeconfig, NO_COLOR: '1' },
    });
    for (const stream of [process.stdout, process.stderr])
      stream.on('data', (part: Buffer) => (this.output += part.toString()));
    const ended = new Promise<void>((resolve) => {
      process.on(
        'close',
        (code, signal) => void this.tellEnd(pod, code ?? (signal === 'SIGKILL' ? 137 : 143)).finally(resolve),
      );
    });
    this.started.set(metadata.uid, { pod, process, ended });
  }

  /** What a Job's controller looks at. */
  private async tellEnd({ metadata, spec }: JobPod, exitCode: number): Promise<void> {
    const [{ name }] = spec.containers;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: new Date().toISOString(),
    };
    const status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name, image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } }],
    };
    await this.cluster.api.patch(this.path(`pods/${metadata.name}/status`), { status }).catch(() => undefined);
  }

  private async token(serviceAccount: string): Promise<string> {
    const path = this.path(`serviceaccounts/${serviceAccount}/token`);
    const { status } = await this.cluster.api.create<{ status: { token: string } }>(path, {});
    return status.token;
  }

  private path(what: string): string {
    return `/api/v1/namespaces/${this.namespace}/${what}`;
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
