import { type ErrorCode, type Problem, problem } from '../errors';

/** RFC 9110 field name. */
export const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** One problem, unless it holds. */
export function demand(holds: unknown, code: ErrorCode, path: string, given: unknown): Problem[] {
  return holds ? [] : [problem(code, path, given)];
}
