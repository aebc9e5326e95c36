import { type Problem, refuse } from '../core';
import { problem } from './errors';

/** What a prop has to be, in words and as a check; programs without types may give anything. */
export interface Wanted {
  readonly is: (value: unknown) => boolean;
  readonly allowed: string;
  /** @default false */
  readonly required?: boolean;
}

/**
 * Refuses props that are missing or of another type.
 * @throws GraylaneError field-missing, field-type, for all of them
 */
export function checkProps(props: object | undefined, wanted: Readonly<Record<string, Wanted>>): void {
  const given = new Map(Object.entries(props ?? {}));
  refuse(Object.entries(wanted).flatMap(([name, one]) => checkProp(name, given.get(name), one)));
}

function checkProp(name: string, value: unknown, { is, allowed, required }: Wanted): Problem[] {
  const fix = `give ${allowed} as ${name}`;
  if (value === undefined) return required ? [problem('field-missing', name, undefined, { allowed, fix })] : [];
  // Constructs are no JSON.
  const told = typeof value === 'object' && value !== null ? 'an object' : value;
  return is(value) ? [] : [problem('field-type', name, told, { allowed, fix })];
}
