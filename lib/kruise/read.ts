import * as v from 'valibot';
import { type Problem, refuse } from '../core';
import { problem } from './errors';

/** Fields that people write where the version calls them otherwise. */
const RENAMED: Readonly<Record<string, string>> = {
  weight: 'traffic',
  setWeight: 'weight',
  traffic: 'weight',
  objectRef: 'workloadRef',
  workloadRef: 'objectRef.workloadRef',
  httpRoute: 'httpRouteName',
  type: 'classType',
};

/**
 * Untyped input in the shape of a schema. Null is absent, as for Kubernetes.
 * @throws GraylaneError with every field that is unknown, missing or of the wrong type
 */
export function read<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, withoutNulls(input));
  if (!result.success) refuse(result.issues.map((issue) => toProblem(issue, schema)));
  return result.output;
}

/** `spec.steps[0].replicas`. */
export function pathOf(keys: readonly unknown[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    const name = /^[\w-]+$/.test(String(key)) ? String(key) : `["${String(key)}"]`;
    return path === '' || name.startsWith('[') ? `${path}${name}` : `${path}.${name}`;
  }, '');
}

function toProblem(issue: v.BaseIssue<unknown>, schema: v.GenericSchema): Problem {
  const keys = (issue.path ?? []).map(({ key }) => key);
  const path = pathOf(keys) || 'the document';
  const unknown = issue.type === 'strict_object' && issue.expected === 'never';
  if (unknown) {
    const fields = fieldsAt(schema, keys.slice(0, -1));
    const field = String(keys.at(-1));
    const suggestion = suggest(field, fields);
    return problem('field-unknown', path, field, {
      allowed: fields.join(', '),
      ...(suggestion !== undefined && { fix: `write ${suggestion}` }),
    });
  }
  if (issue.received === 'undefined') return problem('field-missing', path, undefined);
  return problem('field-type', path, issue.input, { allowed: `a value of type ${typeName(issue)}` });
}

function typeName({ expected, type }: v.BaseIssue<unknown>): string {
  if (type === 'record' || type === 'object' || type === 'strict_object' || type === 'loose_object') return 'object';
  return (expected ?? type).replace(/[()]/g, '').replace('Array', 'list').replace(' | ', ' or ');
}

/** The fields that the schema knows where the path leads. */
function fieldsAt(schema: v.GenericSchema, keys: readonly unknown[]): string[] {
  let here: unknown = schema;
  for (const key of keys) {
    const { entries, item } = unwrapped(here);
    here = typeof key === 'number' ? item : entries?.[String(key)];
  }
  return Object.keys(unwrapped(here).entries ?? {});
}

interface Container {
  readonly wrapped?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
}

function unwrapped(schema: unknown): Container {
  const container = schema as Container;
  return container.wrapped === undefined ? container : unwrapped(container.wrapped);
}

/** The known field that was probably meant: another version's name for it, or one that differs by a slip or two. */
function suggest(field: string, fields: readonly string[]): string | undefined {
  const renamed = RENAMED[field];
  if (renamed !== undefined && fields.includes(renamed.split('.')[0]!)) return renamed;
  const [closest] = fields
    .map((known) => ({ known, slips: slips(field.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips);
  return closest !== undefined && closest.slips <= Math.max(1, field.length / 3) ? closest.known : undefined;
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

/** A copy without the fields that are null. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field) as unknown])) as T;
}
