import type { CheckVariable } from '../specs/check';
import { VARIABLE } from '../specs/check-variables';
import type { CheckAbout, CheckedPods } from './kind';
import { podNames } from './pod-names';

type Variable = (about: CheckAbout) => string | undefined;

const variables: Readonly<Record<CheckVariable, Variable>> = {
  namespace: ({ namespace }) => namespace,
  canary: ({ canary, namespace }) => matchersOf(canary, namespace),
  'canary.pods': ({ canary }) => podNames(canary.deployment),
  'canary.deployment': ({ canary }) => canary.deployment,
  'canary.service': ({ canary }) => canary.service,
  stable: ({ stable, namespace }) => matchersOf(stable, namespace),
  'stable.pods': ({ stable }) => podNames(stable.deployment),
  'stable.deployment': ({ stable }) => stable.deployment,
  'stable.service': ({ stable }) => stable.service,
};

function matchersOf({ deployment }: CheckedPods, namespace: string): string {
  return `namespace="${namespace}",pod=~"${podNames(deployment)}"`;
}

/** The text with every variable filled in; those that have no value stay, and all of them before it is known what it is about. */
export function fillIn(text: string, about?: CheckAbout): string {
  return text.replace(VARIABLE, (place, name: string) => (about && valueOf(name, about)) ?? place);
}

/** Whether the variable has no value, such as the Service of a canary that has none of its own. */
export function isWithoutValue(name: string, about: CheckAbout): boolean {
  return valueOf(name, about) === undefined;
}

/** The same text about stable. */
export function aboutStable(text: string): string {
  return text.replace(/\{\{\s*canary(?=[\s.}])/g, '{{stable');
}

function valueOf(name: string, about: CheckAbout): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name as CheckVariable](about) : undefined;
}
