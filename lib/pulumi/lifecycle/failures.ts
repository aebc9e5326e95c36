import type { dynamic } from '@pulumi/pulumi';
import { ApiError, asFailure, EngineError } from '../../cluster';
import { asJson, GraylaneError, isJsonObject } from '../../core';
import { ToldOnce } from '../host/told-once';
import { messageOf, inProgramWords } from './error-messages';
import { asKept, asKnown } from './unshown';

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
    this.properties = asKept(asJson(properties));
    this.reasons = [this.message];
    this.stack = '';
  }
}

/** Of the answers of all methods: what Pulumi keeps. */
const KEPT = ['inputs', 'outs', 'props'];

/**
 * A method as Pulumi may call it: it hangs on what is undefined in an answer and on errors that are none, and takes any
 * error with an `id` for a resource that was made.
 */
export function guarded<R>(
  method: (...args: unknown[]) => Promise<R>,
  after: () => Promise<void>,
): (...args: unknown[]) => Promise<R> {
  return async (...args) => {
    try {
      const known = args.map((arg) => (isJsonObject(arg) ? asKnown(arg) : arg));
      return answered(asJson(await method(...known)));
    } catch (error) {
      if (error instanceof PartialFailure) throw error;
      throw new ToldOnce(messageOf(error));
    } finally {
      await after();
    }
  };
}

function answered<R>(answer: R): R {
  if (!isJsonObject(answer)) return answer;
  const fields = Object.entries(answer).map(([name, value]) => [
    name,
    KEPT.includes(name) && isJsonObject(value) ? asKept(value) : value,
  ]);
  return Object.fromEntries(fields) as R;
}

/** What is wrong with the inputs of `own`, by path. No property is named, for Pulumi prints its value (R16). */
export function failuresOf(error: unknown, own: string): dynamic.CheckFailure[] {
  if (!(error instanceof GraylaneError)) return [{ property: '', reason: messageOf(error) }];
  return inProgramWords(error).map((problem) => {
    const subject = problem.subject.filter((name) => name !== own);
    return { property: '', reason: new GraylaneError({ ...problem, subject }).message };
  });
}

/** The cluster does not answer, or not to us: an update will say so if it still does not. */
export function isSilence(error: unknown): boolean {
  if (error instanceof ApiError || isAway(error)) return true;
  return error instanceof EngineError && error.code === 'forbidden';
}

/** It does not answer at all, after all retries: to ask it once more would only take their time again. */
export function isAway(error: unknown): boolean {
  const failure = error instanceof ApiError ? asFailure(error, 'cluster') : error;
  return failure instanceof EngineError && failure.code === 'unreachable';
}
