import { randomBytes } from 'node:crypto';
import { sameJson } from '../../core';
import type { dynamic } from '@pulumi/pulumi';
import { type Engine, EngineError } from '../../cluster';
import { engineFor, type ProviderHost } from '../host/provider-host';
import { type LeftOut, leftOut } from '../host/unreachable';
import {
  type CheckedInputs,
  isKnown,
  isPending,
  isUnknown,
  type InCluster,
  type ResourceInputs,
  type ResourceState,
  UNKNOWN,
  upgrade,
} from '../state';
import { messageOf } from './error-messages';
import { failuresOf, isAway, isSilence, PartialFailure } from './failures';
import type { ResourceKind, Session, WithName } from './resource-kind';

/** A dynamic provider's methods, for what the program declares and what `check` makes of it. */
export interface Methods<D, I> {
  check(olds: Partial<I>, news: D): Promise<dynamic.CheckResult>;
  diff(id: string, state: object, news: I): Promise<dynamic.DiffResult>;
  create(inputs: I): Promise<dynamic.CreateResult>;
  read(id: string, state: object): Promise<dynamic.ReadResult>;
  update(id: string, state: object, news: I): Promise<dynamic.UpdateResult>;
  delete(id: string, state: object): Promise<void>;
}

/** Another value in one of these is another resource. */
const IDENTITY = ['cluster', 'namespace', 'name'] as const;

/** What becomes of a resource that is left out. */
const words: Readonly<Record<LeftOut, string>> = { skipped: 'skipped', forgotten: 'taken out of the state' };

/** The life of a resource, as Pulumi asks for it. */
export class Lifecycle<D extends ResourceInputs, I extends CheckedInputs, S extends ResourceState> implements Methods<
  D,
  I
> {
  constructor(
    private readonly kind: ResourceKind<D, I, S>,
    private readonly host: ProviderHost,
  ) {}

  /**
   * What the next update does: Pulumi calls this in the preview, and again in the update. What cannot be told is left
   * unknown, and so counts as a change; what is wrong by itself fails here.
   */
  async check(olds: Partial<I>, declared: D): Promise<dynamic.CheckResult> {
    const { kind } = this;
    // A rename with an alias is one of the resource: what is in the cluster keeps its name.
    const name = declared.name ?? olds.name ?? declared.resource;
    let news: WithName<D> = { ...declared, name };
    try {
      if (kind.keepable) news = { ...kind.keepable(declared), name };
      return { inputs: await this.foreseen(olds, news) };
    } catch (error) {
      if (!isSilence(error)) return { inputs: news, failures: failuresOf(error, `${kind.noun} ${name}`) };
      // In an update nothing may be unknown any more: what was known has to do, and the plan says that it is none.
      const plan = [`${kind.title(name)}: what it does is not known: ${messageOf(error)}`];
      return { inputs: this.filled(news, olds, plan) };
    }
  }

  /**
   * Whether there is something to do: the declaration has changed, or the cluster is not where it leads. A refresh shows
   * what this tells of the inputs before it and the outputs after it, and nothing else.
   * @throws EngineError cluster-changed, adoption-needed
   */
  async diff(id: string, state: object, news: I): Promise<dynamic.DiffResult> {
    const olds = upgrade<S>(state);
    const replaces = IDENTITY.filter((field) => isKnown(news[field]) && olds[field] !== news[field]);
    const { stage = 'stable' } = olds;
    if (replaces.length > 0 && stage !== 'stable') {
      throw new EngineError('cluster-changed', olds.name, `its ${replaces.join(' and ')} would change at ${stage}`);
    }
    // A refresh finds the workload as somebody has made it: declared as well, it is still to be taken for stable's.
    const moves = isPending(olds, news) || olds.stage !== news.stage || olds.revision !== news.revision;
    const changes = replaces.length > 0 || this.differs(olds, news) || moves || olds.damage !== undefined;
    if (changes && replaces.length === 0 && !isUnknown({ ...news })) await this.refuseTakeover(id, news);
    return { changes, replaces };
  }

  /** The update refuses as well; whoever cannot be asked in a preview is asked then. */
  private async refuseTakeover(id: string, news: I): Promise<void> {
    try {
      const session = this.looking(await this.session(news));
      await this.kind.refuseTakeover(session, this.inCluster(session, news as I & D), id);
    } catch (error) {
      if (!isSilence(error)) throw error;
    }
  }

  async create(inputs: I): Promise<dynamic.CreateResult> {
    const id = `${inputs.name}-${randomBytes(6).toString('hex')}`;
    return { id, outs: await this.apply(await this.session(inputs), id, inputs) };
  }

  async update(id: string, state: object, inputs: I): Promise<dynamic.UpdateResult> {
    const olds = upgrade<S>(state);
    const outs = await this.unlessAway(inputs, ['skipped'], (session) => this.apply(session, id, inputs, olds));
    return { outs: outs === 'skipped' ? olds : outs };
  }

  async read(id: string, state: object): Promise<dynamic.ReadResult> {
    const olds = upgrade<S>(state);
    const seen = await this.unlessAway(olds, ['forgotten', 'skipped'], (session) => this.kind.observe(session, olds));
    if (seen === 'skipped') return { id, props: olds };
    return seen === undefined || seen === 'forgotten' ? { id: '', props: {} } : { id, ...seen };
  }

  async delete(id: string, state: object): Promise<void> {
    const olds = upgrade<S>(state);
    await this.unlessAway(olds, ['forgotten'], async (session) => {
      await this.kind.remove(session, id, olds).finally(() => session.engine.drained());
      session.engine.ahead.forget();
    });
  }

  private differs(olds: object, news: object): boolean {
    const value = (of: object, field: string) => (of as Record<string, unknown>)[field];
    return this.kind.declared.some((field) => !sameJson(value(olds, field), value(news, field)));
  }

  private async foreseen(olds: Partial<I>, news: WithName<D>): Promise<object> {
    const { kind, host } = this;
    if (isUnknown({ ...news, reportAs: undefined })) {
      const unknown = Object.fromEntries(kind.foreseen.map((field) => [field, UNKNOWN]));
      return this.filled(news, unknown, await kind.possible(host, news));
    }
    kind.validate(news, olds);
    const session = this.looking(await this.session(news));
    const changed = olds.name !== undefined && this.differs(olds, news);
    return kind.foresee(session, this.inCluster(session, news), olds, changed);
  }

  /** Makes it as declared. What fails on its way keeps what was kept of it, and says where it stands. */
  private async apply(session: Session, id: string, inputs: I, olds?: S): Promise<S> {
    const { kind } = this;
    const placed = this.inCluster(session, inputs as I & D);
    try {
      return await kind.apply(session, id, placed, olds);
    } catch (error) {
      // Nothing was made, or nobody was reached: there is nothing to keep, or what is kept is as it was.
      const untouched = !session.hasBegun() && (olds === undefined || isAway(error));
      if (untouched || !kind.stopped) throw error;
      throw new PartialFailure(id, await kind.stopped(session, placed, error, olds), error);
    } finally {
      session.engine.ahead.forget();
      await session.engine.drained();
    }
  }

  /** Does something in the cluster of a resource. One that does not answer may be left out, if nothing was done in it. */
  private async unlessAway<T, L extends LeftOut>(
    inputs: ResourceInputs & { readonly name: string },
    possible: readonly L[],
    act: (session: Session) => Promise<T>,
  ): Promise<T | L> {
    const { kind, host } = this;
    let session: Session | undefined;
    try {
      session = await this.session(inputs);
      return await act(session);
    } catch (error) {
      const left = isAway(error) && !session?.hasBegun() ? leftOut(host, possible) : undefined;
      if (left === undefined) throw error;
      const why = `${words[left]}, for its cluster does not answer: ${(error as Error).message}`;
      host.log({ text: `${kind.title(inputs.name)}: ${why}`, urn: inputs.reportAs, warning: true });
      return left;
    }
  }

  private async session(inputs: ResourceInputs): Promise<Session> {
    const { host } = this;
    const engine = await engineFor(host, inputs);
    let begun = false;
    const report: Engine['report'] = (progress) => {
      begun ||= progress.is === 'changed' || progress.is === 'stage';
      engine.report(progress);
    };
    return { host, engine: { ...engine, report }, hasBegun: () => begun };
  }

  /** For what is asked of every resource, and writes nothing. */
  private looking(session: Session): Session {
    const { engine } = session;
    return { ...session, engine: { ...engine, api: engine.ahead.api } };
  }

  private inCluster<T extends D>({ engine }: Session, inputs: T): T & InCluster {
    return { ...inputs, namespace: this.kind.namespaceOf(inputs) ?? engine.namespace, cluster: engine.api.server };
  }

  /** Inputs of which nothing was foreseen, with these values instead. */
  private filled(news: WithName<D>, values: object, plan: readonly string[]): object {
    const found = Object.entries(values).filter(([field]) => this.kind.foreseen.includes(field));
    return { ...Object.fromEntries(found), ...news, plan };
  }
}
