/** A stack of releases, and what a user does with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import type { CanaryRolloutArgs, ObjectRefArgs, TrafficRoutingLaneArgs } from '../../lib/pulumi';
import { TAG_LABELS } from '../cluster/app';
import { workload } from '../pulumi/fixtures';
import type { Modules, Project } from './project';

export type Program = (modules: Modules) => Promise<Record<string, unknown> | void>;
type Environment = Readonly<Record<string, string>>;

/** What one command has shown and done. */
export interface Shown {
  readonly text: string;
  /** Operations by number of resources: same, create, update, replace, delete. */
  readonly changes: Readonly<Record<string, number | undefined>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface StoredResource {
  readonly urn: string;
  readonly id?: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export class ReleaseStack {
  private constructor(
    private readonly modules: Modules,
    readonly stack: Stack,
  ) {}

  static async create(project: Project, name: string, environment: Record<string, string>): Promise<ReleaseStack> {
    return new ReleaseStack(project.modules, await project.stack(name, environment));
  }

  async preview(program: Program, environment: Environment = {}): Promise<Shown> {
    this.use(program, environment);
    const { stdout, changeSummary } = await this.stack.preview({ color: 'never' });
    return { text: stdout, changes: changeSummary, outputs: {} };
  }

  async up(program: Program, environment: Environment = {}, target?: string[]): Promise<Shown> {
    this.use(program, environment);
    const { stdout, summary, outputs } = await this.stack.up({ color: 'never', ...(target && { target }) });
    const values = Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]);
    return {
      text: stdout,
      changes: summary.resourceChanges ?? {},
      outputs: Object.fromEntries(values) as Record<string, unknown>,
    };
  }

  /** What it says when it fails. */
  async upFails(program: Program, environment: Environment = {}): Promise<string> {
    try {
      await this.up(program, environment);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('the update did not fail');
  }

  /** An update whose `pulumi` is killed as soon as it has said all of `lines`. It leaves the stack locked. */
  async upKilledAt(lines: readonly string[], program: Program, environment: Environment = {}): Promise<void> {
    this.use(program, environment);
    let said = '';
    let killed = false;
    const onOutput = (text: string) => {
      said += text;
      if (killed || !lines.every((line) => said.includes(line))) return;
      killed = true;
      process.kill(childNamed('pulumi'), 'SIGKILL');
    };
    await this.stack.up({ color: 'never', onOutput }).catch(() => undefined);
    if (!killed) throw new Error(`the update was not killed at ${lines.join(', ')}; it said:\n${said}`);
  }

  /** Takes away what holds the stack after a kill, as a user would. */
  async cancel(): Promise<void> {
    await this.stack.cancel();
  }

  async refresh(): Promise<Shown> {
    const { stdout, summary } = await this.stack.refresh({ color: 'never' });
    return { text: stdout, changes: summary.resourceChanges ?? {}, outputs: {} };
  }

  async destroy(): Promise<void> {
    await this.stack.destroy({ color: 'never' });
  }

  /** The resources in the stack's state. */
  async resources(): Promise<readonly StoredResource[]> {
    const exported = await this.stack.exportStack();
    return (exported.deployment as { resources?: StoredResource[] }).resources ?? [];
  }

  /** The state as it is kept. */
  storedText(): string {
    const folder = join(this.stack.workspace.workDir, 'state/.pulumi/stacks');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
    return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  }

  private use(program: Program, environment: Environment): void {
    this.stack.workspace.program = () => program(this.modules);
    this.stack.workspace.envVars = { ...this.stack.workspace.envVars, GRAYLANE_APPROVE: '', ...environment };
  }
}

/** Of this process. */
function childNamed(name: string): number {
  const { pid } = process;
  const all = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const found = all.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name);
  if (found === undefined) throw new Error(`no ${name} is running`);
  return found;
}

export function approve(...approvals: string[]): Environment {
  return { GRAYLANE_APPROVE: approvals.join(',') };
}

/** Everything a program varies of the sample. */
export interface Sample {
  readonly a?: string;
  readonly b?: string;
  readonly over?: Partial<CanaryRolloutArgs>;
}

/** The seed's sample: two services in one lane. Their Services and the Ingress are somebody else's. */
export function sample(namespace: string, { a = 'v1', b = 'v1', over = {} }: Sample = {}): Program {
  return async ({ graylane: { TrafficRoutingLane, CanaryRollout } }) => {
    const lane = new TrafficRoutingLane('mse-traffic', laneArgs(namespace));
    const rollout = (name: string, app: string, version: string) =>
      new CanaryRollout(name, { ...rolloutArgs(namespace, app, version), lane, ...over });
    const rollouts = [rollout('rollout-a', 'spring-cloud-a', a), rollout('rollout-b', 'spring-cloud-b', b)];
    const [first, second] = rollouts.map(({ stage, message }) => ({ stage, message }));
    return { a: first, b: second };
  };
}

export function rolloutArgs(namespace: string, app: string, version: string): CanaryRolloutArgs {
  const { metadata, spec } = workload(app, version);
  return {
    workload: { metadata: { ...metadata, namespace }, spec },
    steps: [{ replicas: 1, pause: {} }],
    patchPodTemplateMetadata: { labels: TAG_LABELS },
  };
}

/** The Service of that name, and the Ingress of that name before it. */
export function mse(name: string): ObjectRefArgs {
  return { service: name, ingress: { classType: 'mse', name } };
}

export function laneArgs(namespace: string): TrafficRoutingLaneArgs {
  return {
    metadata: { namespace },
    objectRef: { ...mse('spring-cloud-a'), gracePeriodSeconds: 1 },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
  };
}
