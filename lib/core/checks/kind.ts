import type { Answer } from '../answer';
import type { Question, Reply } from './question';

/** What a check is about. */
export interface CheckAbout {
  readonly namespace: string;
  /** Milliseconds since 1970: what was before does not count. */
  readonly since: number;
  readonly canary: CheckedPods;
  readonly stable: CheckedPods;
  /** Whether both get the same kind of requests: by weight, not by what a request bears. */
  readonly alike: boolean;
}

/** Pods of one side. */
export interface CheckedPods {
  readonly deployment: string;
  /** The Service that their requests, and only theirs, come through. @default - they have none of their own */
  readonly service?: string;
}

/** One way to ask. It is pure: who walks carries the questions. */
export interface CheckKind<T> {
  /** What it waits for. @param about fills variables in, where it is known already */
  words(terms: T, about?: CheckAbout): string;
  /** All texts in which variables are filled in, by the path of their field. */
  texts(terms: T): Readonly<Record<string, string>>;
  questions(terms: T, about: CheckAbout, now: number): readonly Question[];
  answer(terms: T, about: CheckAbout, reply: (question: Question) => Reply, now: number): Answer;
}
