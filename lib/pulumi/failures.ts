import type { dynamic } from '@pulumi/pulumi';
import { ApiError, EngineError, type FailureCode } from '../cluster';
import { GraylaneError } from '../core';

/** The way out, in words of a Pulumi program instead of the command line's. */
const fixes: Partial<Record<FailureCode, string>> = {
  'adoption-needed':
    'set adopt: true (no pod restarts); if a k8s.apps.v1.Deployment of this program owns it, give that one ' +
    'retainOnDelete: true, run pulumi up, and only then put the rollout in its place',
  deadline: 'correct the cause and run pulumi up again, declare another image, or abort by declaring the old one',
  conflict: 'look who else writes that object, then run pulumi up again',
  interrupted: 'run pulumi up again: it goes on where it stopped',
  unreachable: 'check the kubeconfig, its context and the network, then run pulumi up again',
  'stable-unsettled': 'let it settle or correct it, then release; or change it directly with GRAYLANE_DIRECT',
  'stable-drifted': 'declare the running template first (that alone changes nothing), or use GRAYLANE_DIRECT',
};

/** What a user reads of an error. */
export function messageOf(error: unknown): string {
  if (error instanceof EngineError) {
    const { code, at, what, message } = error;
    return fixes[code] === undefined ? message : new EngineError(code, at, what, fixes[code]).message;
  }
  if (error instanceof GraylaneError || error instanceof ApiError) return error.message;
  // Nothing of ours: its own words are all there is.
  return error instanceof Error ? `${error.name}: ${error.message}` : `${String(error)}`;
}

/**
 * A resource that was made or changed in part: Pulumi keeps these properties and calls `update` next time, whatever
 * `diff` says.
 */
export class PartialFailure extends Error {
  readonly properties: object;
  readonly reasons: readonly string[];

  constructor(
    readonly id: string,
    properties: object,
    error: unknown,
  ) {
    super(messageOf(error));
    this.properties = withoutUndefined(properties);
    this.reasons = [this.message];
    this.stack = '';
  }
}

/**
 * A method as Pulumi may call it: it hangs on what is undefined in an answer and on errors that are none, and takes any
 * error with an `id` for a resource that was made.
 */
export function guarded<A extends unknown[], R>(
  method: (...args: A) => Promise<R>,
  after: () => Promise<void>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return withoutUndefined(await method(...args));
    } catch (error) {
      if (error instanceof PartialFailure) throw error;
      // A trace into our code helps nobody, and Pulumi prints it.
      throw Object.assign(new Error(messageOf(error)), { stack: '' });
    } finally {
      await after();
    }
  };
}

function withoutUndefined<T>(answer: T): T {
  return answer === undefined ? answer : (JSON.parse(JSON.stringify(answer)) as T);
}

/** What is wrong with inputs, by path. No property is named, for Pulumi prints its value (R16). */
export function failuresOf(error: unknown, prefix: string): dynamic.CheckFailure[] {
  if (!(error instanceof GraylaneError)) return [{ property: '', reason: messageOf(error) }];
  return error.problems.map((problem) => {
    const path = problem.path.replace(prefix, '');
    return { property: '', reason: new GraylaneError({ ...problem, path }).message };
  });
}

/** The cluster does not answer, or not to us: an update will say so if it still does not. */
export function isSilence(error: unknown): boolean {
  if (error instanceof ApiError || isAway(error)) return true;
  return error instanceof EngineError && error.code === 'forbidden';
}

/** It does not answer at all, after all retries: to ask it once more would only take their time again. */
export function isAway(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'unreachable';
}
