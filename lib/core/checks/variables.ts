import type { CheckAbout, CheckedPods } from './kind';
import { podNames } from './pod-names';

type Variable = (about: CheckAbout) => string | undefined;

/** What `{{...}}` may hold. */
const variables: Readonly<Record<string, Variable>> = {
  namespace: ({ namespace }) => namespace,
  ...side('canary'),
  ...side('stable'),
};

export const VARIABLES: readonly string[] = Object.keys(variables);

const PLACE = /\{\{\s*([A-Za-z][\w.]*)\s*\}\}/g;

/** The names in the places of a text, known or not. */
export function variablesOf(text: string): string[] {
  return [...text.matchAll(PLACE)].map(([, name]) => name!);
}

/** The text with every variable filled in; those that have no value stay, and all of them before it is known what it is about. */
export function fillIn(text: string, about?: CheckAbout): string {
  return text.replace(PLACE, (place, name: string) => (about && variables[name]?.(about)) ?? place);
}

/** Whether the variable has no value, such as the Service of a canary that has none of its own. */
export function isWithoutValue(name: string, about: CheckAbout): boolean {
  return variables[name]?.(about) === undefined;
}

/** The same text about stable. */
export function aboutStable(text: string): string {
  return text.replace(/\{\{\s*canary(?=[\s.}])/g, '{{stable');
}

function side(name: 'canary' | 'stable'): Record<string, Variable> {
  const of = (value: (pods: CheckedPods, about: CheckAbout) => string | undefined): Variable => {
    return (about) => value(about[name], about);
  };
  return {
    [name]: of(({ deployment }, { namespace }) => `namespace="${namespace}",pod=~"${podNames(deployment)}"`),
    [`${name}.pods`]: of(({ deployment }) => podNames(deployment)),
    [`${name}.deployment`]: of(({ deployment }) => deployment),
    [`${name}.service`]: of(({ service }) => service),
  };
}
