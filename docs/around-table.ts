import { checks } from '../lib/core';

const FACTS = { stable: "stable's template", replicas: "stable's replicas" };

/** What is looked at around a release, in Markdown, out of the list of checks. */
export function aroundTable(): string {
  const rows = checks.map(({ name, about, effect, objects, needs }) => [
    `\`${name}\``,
    about,
    [...(objects ? [`each ${objects.kind}`] : []), ...needs.map((fact) => FACTS[fact])].join(', ') ||
      'what is declared',
    effect,
  ]);
  const lines = [['check', 'looks for', 'needs to know', 'what happens'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
