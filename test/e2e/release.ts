/** A stack of releases, and what a user does with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import { approvalTexts } from '../../lib/core';
import { withoutIds } from '../cluster/approvals';
import type { Environment, Program } from './programs';
import type { Modules, Project } from './project';
import { expectAgreement, type Shown } from './shown';

export interface StoredResource {
  readonly urn: string;
  readonly id?: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export class ReleaseStack {
  /** Approvals that a gate has told, by what they are without ids. */
  private readonly told = new Map<string, string>();

  private constructor(
    private readonly modules: Modules,
    readonly stack: Stack,
  ) {}

  static async create(project: Project, name: string, environment: Record<string, string>): Promise<ReleaseStack> {
    return new ReleaseStack(project.modules, await project.stack(name, environment));
  }

  async preview(program: Program, environment: Environment = {}): Promise<Shown> {
    await this.use(program, environment);
    const { stdout, changeSummary } = await this.stack.preview({ color: 'never' });
    return { text: stdout, changes: changeSummary, outputs: {} };
  }

  async up(program: Program, environment: Environment = {}, target?: string[]): Promise<Shown> {
    await this.use(program, environment);
    const { stdout, summary, outputs } = await this.stack.up({ color: 'never', ...(target && { target }) });
    const values = Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]);
    return {
      text: stdout,
      changes: summary.resourceChanges ?? {},
      outputs: Object.fromEntries(values) as Record<string, unknown>,
    };
  }

  /** A preview, and the update after it: what was shown is what is done. */
  async upAsShown(program: Program, environment: Environment = {}): Promise<Shown> {
    const shown = await this.preview(program, environment);
    const done = await this.up(program, environment);
    expectAgreement(shown, done);
    return done;
  }

  /** `pulumi preview --save-plan`, and `pulumi up --plan` as often as it is called. */
  async savePlan(program: Program): Promise<(environment?: Environment) => Promise<void>> {
    const plan = join(this.stack.workspace.workDir, 'plan.json');
    await this.use(program, {});
    await this.stack.preview({ color: 'never', plan });
    return async (environment = {}) => {
      await this.use(program, environment);
      await this.stack.up({ color: 'never', plan });
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
    await this.upSignalled('SIGKILL', lines, program, environment);
  }

  /** An update with one ^C as soon as it has said all of `lines`. What it says. */
  async upInterruptedAt(lines: readonly string[], program: Program): Promise<string> {
    return this.upSignalled('SIGINT', lines, program, {});
  }

  private async upSignalled(
    signal: NodeJS.Signals,
    lines: readonly string[],
    program: Program,
    environment: Environment,
  ): Promise<string> {
    await this.use(program, environment);
    let said = '';
    let sent = false;
    const onOutput = (text: string) => {
      said += text;
      if (sent || !lines.every((line) => said.includes(line))) return;
      sent = true;
      process.kill(childNamed('pulumi'), signal);
    };
    await this.stack.up({ color: 'never', onOutput }).catch(() => undefined);
    if (!sent) throw new Error(`the update got no ${signal} at ${lines.join(', ')}; it said:\n${said}`);
    return said;
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

  /** `pulumi config set --secret`. */
  async configure(key: string, value: string): Promise<void> {
    await this.stack.setConfig(key, { value, secret: true });
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

  private async use(program: Program, environment: Environment): Promise<void> {
    const { GRAYLANE_APPROVE } = environment;
    this.stack.workspace.program = () => program(this.modules);
    this.stack.workspace.envVars = {
      ...this.stack.workspace.envVars,
      ...environment,
      GRAYLANE_APPROVE: (await this.approvals(approvalTexts(GRAYLANE_APPROVE))).join(','),
    };
  }

  /** With the ids that the gates have told. */
  private async approvals(texts: readonly string[]): Promise<string[]> {
    if (texts.length === 0) return [];
    for (const { outputs } of await this.resources()) {
      if (typeof outputs?.gate === 'string') this.told.set(withoutIds(outputs.gate), outputs.gate);
    }
    return texts.map((text) => this.told.get(text) ?? text.replace('/', '-5f0c1e9ab3d2/'));
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
