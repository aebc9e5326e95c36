import { type Check, checks } from '../lib/core';

const FACTS = { stable: "stable's template", replicas: "stable's replicas" };

/** What is looked at around a release, in Markdown, out of the list of checks. */
export function aroundTable(): string {
  const rows = checks.map(({ name, about, effect, objects = [], alsoLooksAt, needs }) => [
    `\`${name}\``,
    about,
    [...kindsIn(objects, alsoLooksAt), ...needs.map((fact) => FACTS[fact])].join(', ') || 'what is declared',
    effect,
  ]);
  const lines = [['check', 'looks for', 'needs to know', 'what happens'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function kindsIn(objects: NonNullable<Check['objects']>, others: Check['alsoLooksAt']): string[] {
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(', ');
  return kinds === '' ? [] : [`each ${kinds}${others ? '; in manifests all others of that shape' : ''}`];
}
