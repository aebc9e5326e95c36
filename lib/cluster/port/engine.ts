import type { Gateways, ReleaseEvent, Warning } from '../../core';
import type { Outside } from './outside';
import type { Api, Clock, Random } from './port';

/** What the engine works with: the world comes in through ports, so that a simulated one does as well. */
export interface Engine {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly gateways: Gateways;
  /** Whom checks ask. @default - nobody: they stay undecided */
  readonly outside?: Outside;
  /** Told everything that happens, one line per change of state. */
  readonly report: (progress: Progress) => void;
  /** Told what happens to releases, once it is stored. @default - nobody is */
  readonly notify?: (event: ReleaseEvent) => void;
  /** Stops the engine at the next safe point; its reason is the error that is thrown. @default - never */
  readonly signal?: AbortSignal;
  /** Seconds after which a Lease that nobody renews is free. @default 15 */
  readonly leaseSeconds?: number;
}

/** One line of a release's story. */
export type Progress = { readonly rollout: string } & (
  | { readonly is: 'stage'; readonly stage: string }
  | { readonly is: 'changed'; readonly verb: Verb; readonly object: string }
  | { readonly is: 'waiting'; readonly what: string }
  | { readonly is: 'warning'; readonly what: string; readonly warning?: Warning }
);

/** What became of an object. */
export type Verb = 'created' | 'updated' | 'unchanged' | 'deleted';
