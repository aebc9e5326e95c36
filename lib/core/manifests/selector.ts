import type { LabelSelector, StringMap } from './manifest';

/** Whether a label's value is as an expression says; undefined where there is no such label. */
type Operator = (value: string | undefined, values: readonly string[]) => boolean;

const OPERATORS = new Map<string, Operator>([
  ['In', (value, values) => value !== undefined && values.includes(value)],
  ['NotIn', (value, values) => value === undefined || !values.includes(value)],
  ['Exists', (value) => value !== undefined],
  ['DoesNotExist', (value) => value === undefined],
]);

/** Whether a LabelSelector selects these labels; an empty one selects everything, none at all nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: StringMap): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    matchExpressions.every(({ key, operator, values = [] }) => OPERATORS.get(operator)?.(labels[key], values) ?? false)
  );
}
