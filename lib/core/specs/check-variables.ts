import type { Problem } from '../errors';
import { variableNames } from './check';
import { demand } from './demand';

/** A variable in a text, such as `{{canary.service}}`. Templates of other languages begin otherwise, such as `{{.State}}`. */
export const VARIABLE = /\{\{\s*([A-Za-z][\w.]*)\s*\}\}/g;

/** The names of the variables in a text, known or not. */
export function variablesOf(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name]) => name!);
}

export function checkVariables(text: string, path: string): Problem[] {
  return variablesOf(text).flatMap((name) =>
    demand((variableNames as readonly string[]).includes(name), 'check-variable', path, name),
  );
}
