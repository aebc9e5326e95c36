import type { Answer } from '../answer';
import type { StringMap } from '../manifests/manifest';

/** What is asked outside of the cluster. Core says what to ask and reads the reply; who walks only carries it. */
export type Question = (HttpQuestion | CommandQuestion) & {
  /** Name of the check that asks. */
  readonly check?: string;
};

/** A GET, or with a form a POST. */
export interface HttpQuestion {
  readonly to: 'http';
  /** `http://`, `https://` or `service://NAMESPACE/NAME:PORT/PATH`. */
  readonly url: string;
  /** `${NAME}` in a value stands for what the environment of who asks has. */
  readonly headers?: StringMap;
  readonly form?: StringMap;
  readonly timeoutSeconds: number;
  /** The reply is of the past: whoever has had it once need not ask again. @default false */
  readonly settled?: boolean;
}

export interface CommandQuestion {
  readonly to: 'command';
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
}

export type Reply =
  | { readonly is: 'http'; readonly status: number; readonly body: string }
  /** With the last lines of what it wrote. */
  | { readonly is: 'exit'; readonly code: number; readonly output: string }
  /** In a simulation: what the check says, whatever it asks. */
  | { readonly is: 'played'; readonly answer: Answer }
  /** Refused, timed out, not found, too long, and the like. */
  | { readonly is: 'none'; readonly why: string };
