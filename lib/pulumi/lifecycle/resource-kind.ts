import type { HostedEngine, ProviderHost } from '../host/provider-host';
import type { InCluster, ResourceInputs } from '../state';

/** A declaration with the name that it has in the cluster. */
export type WithName<D> = D & { readonly name: string };

/** What is special about one kind of resource; its life is the same for all kinds. */
export interface ResourceKind<D extends ResourceInputs, I, S> {
  readonly noun: 'rollout' | 'lane';
  /** How lines about it begin. */
  readonly title: (name: string) => string;
  /** What the user declares, and so is his to change. */
  readonly declared: readonly string[];
  /** What `foresee` finds out: unknown before the update where inputs are, and as before where nobody answers. */
  readonly foreseen: readonly string[];
  /**
   * The declaration as it may be kept. @default - as it is
   * @throws GraylaneError for what must not be kept
   */
  readonly keepable?: (declared: D) => D;
  /** @throws GraylaneError for a declaration that is wrong by itself, or of something else than before */
  readonly validate: (news: WithName<D>, olds: Partial<I>) => void;
  /** The namespace that is declared. */
  readonly namespaceOf: (news: D) => string | undefined;
  /**
   * What the next update does, from what stands in the cluster.
   * @param changed whether the declaration is another one than before: then an update it is, whatever this finds
   */
  readonly foresee: (session: Session, news: WithName<D> & InCluster, olds: Partial<I>, changed: boolean) => Promise<I>;
  /**
   * Asked before something is done about a resource that is there, in the preview too.
   * @param id of the resource. @default - it is being made
   * @throws EngineError adoption-needed, where somebody else has it now
   */
  readonly refuseTakeover: (session: Session, inputs: WithName<D> & InCluster, id?: string) => Promise<void>;
  /** What may happen, in words, where inputs are not known before the update. */
  readonly possible: (host: ProviderHost, news: WithName<D>) => Promise<readonly string[]>;
  /**
   * Makes it as it is declared.
   * @param id by which the delete of another resource knows that this one has it
   */
  readonly apply: (session: Session, id: string, inputs: I & InCluster, olds?: S) => Promise<S>;
  /** What is kept of one that failed on its way. @default - what was kept before it */
  readonly stopped?: (session: Session, inputs: I & InCluster, error: unknown, olds?: S) => Promise<S>;
  /** How it stands in the cluster, whoever took it there; undefined where it is gone. */
  readonly observe: (session: Session, state: S) => Promise<Observed<S> | undefined>;
  readonly remove: (session: Session, id: string, state: S) => Promise<void>;
}

/** The engine on the cluster of a resource, and the process in which it runs. */
export interface Session {
  readonly engine: HostedEngine;
  readonly host: ProviderHost;
  /** Whether anything was done in the cluster. */
  readonly hasBegun: () => boolean;
}

export interface Observed<S> {
  readonly props: S;
  /** Where somebody has overtaken them. @default - those of before, so that Pulumi shows no change */
  readonly inputs?: object;
}
