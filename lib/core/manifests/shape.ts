import * as v from 'valibot';
import { type Problem, problem, refuse } from '../errors';
import { fieldPath, withoutNulls } from './json';

/**
 * A schema of valibot. Its own type stays out of what users compile: it needs types of browsers, which the settings of a
 * new cdk8s project do not have.
 */
export interface Shape<T = unknown> {
  readonly kind: 'schema';
  readonly type: string;
  readonly expects: string;
  readonly async: false;
  readonly '~types'?: { readonly output: T } | undefined;
}

/** What a JSON text of ours holds; undefined where there is none, or somebody has damaged it. */
export function readJson<T>(shape: Shape<T>, text: string | undefined): T | undefined {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  // What is read is the text's own value: valibot's copy has its fields in another order.
  return success && v.is(shape as v.GenericSchema, output) ? (output as T) : undefined;
}

/** What of a value is not in this shape: fields that are unknown, missing, or of another type. */
export function wrongFields(shape: Shape, value: unknown, otherNames: OtherNames = {}): Problem[] {
  const { issues = [] } = v.safeParse(shape as v.GenericSchema, value);
  return issues.map((issue) => toProblem(issue, shape, otherNames));
}

/**
 * Untyped input in a shape that changes nothing. Null is absent, as for Kubernetes.
 * @throws GraylaneError with every field that is unknown, missing or of another type
 */
export function readShape<T>(shape: Shape<T>, input: unknown, otherNames: OtherNames = {}): T {
  const value = withoutNulls(input);
  refuse(wrongFields(shape, value, otherNames));
  return value as T;
}

/** What people may call a field, and what the shape calls it. */
type OtherNames = Readonly<Record<string, string>>;

function toProblem(issue: v.BaseIssue<unknown>, shape: Shape, otherNames: OtherNames): Problem {
  const keys = (issue.path ?? []).map(({ key }) => key);
  const path = fieldPath(keys) || 'the object';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const fields = fieldsAt(shape, keys.slice(0, -1));
    const field = String(keys.at(-1));
    const meant = suggest(field, fields, otherNames);
    const fix = meant === undefined ? {} : { fix: `write ${meant}` };
    return problem('field-unknown', path, field, { allowed: fields.join(', '), ...fix });
  }
  if (issue.received === 'undefined') return problem('field-missing', path, undefined);
  return problem('field-type', path, issue.input, { allowed: `a value of type ${typeName(issue)}` });
}

function typeName({ expected, type }: v.BaseIssue<unknown>): string {
  if (type === 'record' || type.endsWith('object')) return 'object';
  return (expected ?? type).replace(/[()]/g, '').replace('Array', 'list').replace(' | ', ' or ');
}

/** The fields that the shape knows where the path leads. */
function fieldsAt(shape: unknown, keys: readonly unknown[]): string[] {
  const { wrapped, entries = {}, item } = shape as Container;
  if (wrapped !== undefined) return fieldsAt(wrapped, keys);
  const [key, ...rest] = keys;
  if (key === undefined) return Object.keys(entries);
  return fieldsAt(typeof key === 'number' ? item : entries[key as string], rest);
}

interface Container {
  readonly wrapped?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
}

/** The known field that was probably meant: one by another name, or one that differs by a slip or two. */
function suggest(field: string, fields: readonly string[], otherNames: OtherNames): string | undefined {
  const known = otherNames[field];
  if (known !== undefined && fields.includes(known.split(/[.:]/)[0]!)) return known;
  const [closest] = fields
    .map((name) => ({ name, slips: slips(field.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips);
  return closest !== undefined && closest.slips <= Math.max(1, field.length / 3) ? closest.name : undefined;
}

/** How many characters have to be changed, added or removed to get from one word to another (Levenshtein). */
function slips(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, a] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, b] of [...to].entries()) {
      next.push(Math.min(row[j]! + (a === b ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
