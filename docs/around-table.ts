import { type Check, checks } from '../lib/core';

const FACTS = { stable: "stable's template", replicas: "stable's replicas" };

/** What is looked at around a release, in Markdown, out of the list of checks. */
export function aroundTable(): string {
  const rows = checks.map(({ name, about, effect, objects = [], given = [], alsoLooksAt, needs }) => [
    `\`${name}\``,
    about,
    [kindsIn(objects, given, alsoLooksAt), ...needs.map((fact) => FACTS[fact])]
      .filter((one) => one !== '')
      .join(', ') || 'what is declared',
    effect,
  ]);
  const lines = [['check', 'looks for', 'needs to know', 'what happens'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

type Kinds = NonNullable<Check['objects']>;

function kindsIn(objects: Kinds, given: Kinds, others: Check['alsoLooksAt']): string {
  const inManifests = [...new Set(given.map(({ kind }) => kind)), ...(others ? ['all others of that shape'] : [])];
  const everywhere = [...new Set(objects.map(({ kind }) => kind))].join(', ');
  if (everywhere === '' && inManifests.length === 0) return '';
  const parts = [
    ...(everywhere === '' ? [] : [`each ${everywhere}`]),
    ...(inManifests.length === 0 ? [] : [`in manifests ${inManifests.join(', ')}`]),
  ];
  return parts.join('; ');
}
