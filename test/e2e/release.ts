/** A stack of releases, and what a user does with it. */
import type { Stack } from '@pulumi/pulumi/automation';
import type { CanaryRolloutArgs, TrafficRoutingLaneArgs } from '../../lib/pulumi';
import { TAG_LABELS } from '../cluster/app';
import { workload } from '../pulumi/fixtures';
import type { Modules, Project } from './project';

export type Program = (modules: Modules) => Promise<Record<string, unknown> | void>;

/** What one command has shown and done. */
export interface Shown {
  readonly text: string;
  /** Operations by number of resources: same, create, update, replace, delete. */
  readonly changes: Readonly<Record<string, number>>;
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
    private readonly stack: Stack,
  ) {}

  static async create(project: Project, name: string, environment: Record<string, string>): Promise<ReleaseStack> {
    return new ReleaseStack(project.modules, await project.stack(name, environment));
  }

  async preview(program: Program, environment: Record<string, string> = {}): Promise<Shown> {
    this.use(program, environment);
    const { stdout, changeSummary } = await this.stack.preview({ color: 'never' });
    return { text: stdout, changes: changesOf(changeSummary), outputs: {} };
  }

  async up(program: Program, environment: Record<string, string> = {}): Promise<Shown> {
    this.use(program, environment);
    const { stdout, summary, outputs } = await this.stack.up({ color: 'never' });
    const values = Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]);
    return {
      text: stdout,
      changes: changesOf(summary.resourceChanges),
      outputs: Object.fromEntries(values) as Record<string, unknown>,
    };
  }

  async refresh(): Promise<Shown> {
    const { stdout, summary } = await this.stack.refresh({ color: 'never' });
    return { text: stdout, changes: changesOf(summary.resourceChanges), outputs: {} };
  }

  async destroy(): Promise<Shown> {
    const { stdout, summary } = await this.stack.destroy({ color: 'never' });
    return { text: stdout, changes: changesOf(summary.resourceChanges), outputs: {} };
  }

  exported(): Promise<{
    deployment: { resources?: { type: string; id?: string; inputs: object; outputs: object }[] };
  }> {
    return this.stack.exportStack();
  }

  private use(program: Program, environment: Record<string, string>): void {
    this.stack.workspace.program = () => program(this.modules);
    this.stack.workspace.envVars = { ...this.stack.workspace.envVars, GRAYLANE_APPROVE: '', ...environment };
  }
}

/** All but the stack itself, which is the same or not by its outputs. */
function changesOf(changes: Record<string, number | undefined> = {}): Record<string, number> {
  return Object.fromEntries(Object.entries(changes).map(([name, count]) => [name, count ?? 0]));
}

/** Everything a program varies of the sample. */
export interface Sample {
  readonly a?: string;
  readonly b?: string;
  readonly kubeconfig?: string;
  readonly over?: Partial<CanaryRolloutArgs>;
}

/** The seed's sample: two services in one lane. Their Services and the Ingress are somebody else's. */
export function sample(namespace: string, { a = 'v1', b = 'v1', over = {} }: Sample = {}): Program {
  return async ({ graylane: { CanaryRollout, TrafficRoutingLane } }) => {
    const lane = new TrafficRoutingLane('mse-traffic', laneArgs(namespace));
    const rollout = (name: string, app: string, version: string) => {
      const { metadata, spec } = workload(app, version);
      return new CanaryRollout(name, {
        workload: { metadata: { ...metadata, namespace }, spec },
        lane,
        steps: [{ replicas: 1, pause: {} }],
        patchPodTemplateMetadata: { labels: TAG_LABELS },
        ...over,
      });
    };
    const rollouts = [rollout('rollout-a', 'spring-cloud-a', a), rollout('rollout-b', 'spring-cloud-b', b)];
    const [first, second] = rollouts.map(({ stage, message }) => ({ stage, message }));
    return { a: first, b: second };
  };
}

export function laneArgs(namespace: string): TrafficRoutingLaneArgs {
  return {
    metadata: { namespace },
    objectRef: { service: 'spring-cloud-a', ingress: { classType: 'mse', name: 'spring-cloud-a' } },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
  };
}
