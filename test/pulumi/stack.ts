/**
 * A stack with one resource, as Pulumi's engine treats it: which inputs and outputs it keeps after a success, a partial
 * failure and a failure was looked up on the real one (test/e2e runs that).
 */
import type { dynamic } from '@pulumi/pulumi';
import { PartialFailure } from '../../lib/pulumi/lifecycle/failures';
import type { Methods } from '../../lib/pulumi/lifecycle/lifecycle';

type Props = Readonly<Record<string, unknown>>;

interface Kept {
  readonly id: string;
  readonly inputs: Props;
  readonly outputs: Props;
  /** Something failed after the resource was made: the next update is called, whatever `diff` says. */
  readonly unfinished?: boolean;
}

export type Operation = 'create' | 'update' | 'replace' | 'same' | 'failed';

/** What a preview shows, or an update has done. */
export interface Result {
  readonly operation: Operation;
  /** Of the preview. */
  readonly inputs: Props;
  readonly outputs: Props;
  readonly error: string;
}

export class ModelStack<D extends object> {
  kept: Kept | undefined;

  constructor(private readonly methods: Methods<D, never>) {}

  /** Calls nothing that changes anything. */
  async preview(declared: D): Promise<Result> {
    const checked = await this.check(declared);
    if ('operation' in checked) return checked;
    const operation = await this.operation(checked.inputs);
    return typeof operation === 'string'
      ? { operation, inputs: checked.inputs, outputs: checked.inputs, error: '' }
      : operation;
  }

  async up(declared: D): Promise<Result> {
    const shown = await this.preview(declared);
    const { operation, inputs } = shown;
    if (operation === 'failed') return shown;
    if (operation === 'same') {
      this.kept = { ...this.kept!, inputs };
      return { ...shown, outputs: this.kept.outputs };
    }
    const old = this.kept;
    const done = operation === 'update' ? await this.update(inputs) : await this.create(inputs);
    if (operation === 'replace' && done === undefined) await this.methods.delete(old!.id, wire(old!.outputs));
    return done === undefined
      ? { ...shown, outputs: this.kept!.outputs }
      : { ...shown, operation: 'failed', outputs: this.kept?.outputs ?? {}, error: done };
  }

  /** Whether it showed a change. */
  async refresh(): Promise<boolean> {
    const { id, inputs, outputs } = this.kept!;
    const read = await this.methods.read(id, wire(outputs));
    if (!read.id) {
      this.kept = undefined;
      return true;
    }
    const outs = wire(read.props as Props);
    this.kept = { id, inputs: wire((read.inputs ?? inputs) as Props), outputs: outs };
    // RefreshStep of Pulumi 3.259: shown is the difference of what is found to what was wanted, and not of the outputs.
    const diff = await this.methods.diff(id, outs, wire(inputs) as never);
    return diff.changes === true;
  }

  /** What went wrong, if anything did. */
  async destroy(): Promise<string | undefined> {
    const { id, outputs } = this.kept!;
    try {
      await this.methods.delete(id, wire(outputs));
      this.kept = undefined;
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async check(declared: D): Promise<Result | { readonly inputs: Props }> {
    const result = (await this.methods.check(
      wire(this.kept?.inputs ?? {}) as never,
      wire(declared),
    )) as dynamic.CheckResult<Props>;
    const inputs = wire(result.inputs!);
    const { failures = [] } = result;
    if (failures.length === 0) return { inputs };
    return { operation: 'failed', inputs, outputs: {}, error: failures.map(({ reason }) => reason).join('\n') };
  }

  private async operation(inputs: Props): Promise<Operation | Result> {
    if (this.kept === undefined) return 'create';
    try {
      const diff = await this.methods.diff(this.kept.id, wire(this.kept.outputs), wire(inputs) as never);
      if (diff.replaces && diff.replaces.length > 0) return 'replace';
      return diff.changes || this.kept.unfinished ? 'update' : 'same';
    } catch (error) {
      return { operation: 'failed', inputs, outputs: {}, error: (error as Error).message };
    }
  }

  private async create(inputs: Props): Promise<string | undefined> {
    try {
      const made = await this.methods.create(wire(inputs) as never);
      this.kept = { id: made.id, inputs, outputs: wire(made.outs as Props) };
      return undefined;
    } catch (error) {
      if (error instanceof PartialFailure) {
        this.kept = { id: error.id, inputs, outputs: wire(error.properties as Props), unfinished: true };
      }
      return (error as Error).message;
    }
  }

  private async update(inputs: Props): Promise<string | undefined> {
    const { id, inputs: olds, outputs } = this.kept!;
    try {
      const made = await this.methods.update(id, wire(outputs), wire(inputs) as never);
      this.kept = { id, inputs, outputs: wire(made.outs as Props) };
      return undefined;
    } catch (error) {
      if (error instanceof PartialFailure) {
        this.kept = { id, inputs: olds, outputs: wire(error.properties as Props), unfinished: true };
      }
      return (error as Error).message;
    }
  }
}

/** As it goes through the wire: no undefined, and fields in another order. */
function wire<T extends object>(props: T): T {
  return reordered(JSON.parse(JSON.stringify(props))) as T;
}

function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, reordered(field)] as const);
  return Object.fromEntries(entries.reverse());
}
