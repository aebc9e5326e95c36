import type { Answer } from '../answer';
import type { Manifest, StringMap } from '../manifests/manifest';
import type { CheckAbout } from '../checks/kind';
import type { Question, Reply } from '../checks/question';
import type { CheckSpec } from '../specs/check';
import type { Pause } from '../specs/spec';

/**
 * What must hold before the next stage. It is pure: it says which objects it has to see, and answers from them, whoever
 * looked. A new one is a file here and an entry in `conditions`.
 */
export interface Condition<A = About> {
  /** What it waits for, in words, as the storyboard tells it; none where another condition says as much. */
  words(about: A): string | undefined;
  /** The objects that its answer depends on. @default - none: time, or what the ledger says */
  looksAt?(about: A): readonly Look[];
  /**
   * What tells why it does not hold yet: looked at only then, and only by those who may. It changes nothing but the words.
   * @default - nothing
   */
  looksCloser?(about: A, seen: Seen): readonly Look[];
  /** What is asked outside of the cluster. @default - nothing */
  asks?(about: A, now: number): readonly Question[];
  answer(about: A, seen: Seen): Answer;
}

/** One object by its name, those with these labels, or Events. */
export interface Look {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: StringMap;
  /** The uid of the object that Events are about. */
  readonly involved?: string;
}

/** What was seen, and when. */
export interface Seen {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The objects of a look, in no order; none where a named object is not there. */
  readonly found: (look: Look) => readonly Manifest[];
  /** What was answered outside of the cluster. @default - nobody was asked */
  readonly reply?: (question: Question) => Reply;
}

/** A Deployment that a stage speaks of. */
export interface AwaitedWorkload {
  readonly name: string;
  readonly namespace?: string;
  /** Labels by which its pods are found. */
  readonly pods: StringMap;
  /** What its pods are to run, such as `v1` or a revision. */
  readonly revision: string;
  /** The least replicas that it must be scaled to. */
  readonly atLeast: number;
}

/** An object that expresses an open route. */
export interface RouteObject {
  readonly object: Manifest;
  /** What is missing until the gateway has taken it up; absent where it does not tell. */
  readonly takenUp?: (live: Manifest) => string | undefined;
}

/** What the conditions of a stage are about. */
export interface About {
  readonly stable: AwaitedWorkload;
  readonly canary: AwaitedWorkload;
  /** The most replicas that stable had in this release. @default - not known */
  readonly mostOfStable?: number;
  /** Percent of the requests that are stable's at this stage, as far as is known. */
  readonly shareOfStable: number;
  /** Names of the gateways. */
  readonly gateways: readonly string[];
  readonly routes: readonly RouteObject[];
  readonly gracePeriodSeconds: number;
  /** When a route was changed last, in milliseconds since 1970. @default - so long ago that its grace period is over */
  readonly routeChangedAt?: number;
  readonly gate?: GateAbout;
  /** What is asked outside of the cluster. @default - nothing */
  readonly checks?: AskedChecks;
}

/** The checks of a stage, and what they are about. */
export interface AskedChecks extends CheckAbout {
  readonly list: readonly CheckSpec[];
}

/** A condition of gates, which looks at the ledger and the time only. */
export type GateCondition = Condition<{ readonly gate?: GateAbout }>;

/** A gate, and what the ledger says of it. */
export interface GateAbout {
  /** @default - that of a promoted revision, which nobody approves */
  readonly step?: number;
  readonly pause: Pause;
  /** When the stage settled, ISO 8601. @default - it has not */
  readonly settledAt?: string;
  readonly approved: boolean;
  /** What to give to approve it, such as `rollout-a#12-5f0c1e9ab3d2/step-1`. */
  readonly approval?: string;
}
