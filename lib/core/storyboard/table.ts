import type { Audience, StoryboardRow } from './storyboard';
import type { Change } from './changes';

const HEADINGS = ['STAGE', 'WHAT CHANGES', 'WAITS FOR', 'WHO GETS WHAT'];

/** The storyboard as a plain text table; a row has as many lines as its longest cell. */
export function formatStoryboard(rows: readonly StoryboardRow[]): string {
  const cells = rows.map((row) => [
    [row.stage],
    row.changes.length > 0 ? row.changes.flatMap(changeLines) : ['-'],
    [...row.waitsFor, ...(row.gate === undefined ? [] : [`gate: ${row.gate}`])],
    row.audience.map(audienceWords),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...cells.flatMap((row) => row[i]!.map(width))));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => text + ' '.repeat(widths[i]! - width(text)))
      .join('   ')
      .trimEnd();
  const rule = widths.map((w) => '-'.repeat(w)).join('   ');
  return [line(HEADINGS), rule, ...cells.flatMap((row) => lines(row).map(line))].join('\n') + '\n';
}

/** `User-Agent: foo -> v2 (canary)`. */
export function audienceWords({ requests, revisions, pods }: Audience): string {
  return `${requests} -> ${revisions.join(', then ')}${pods === 'canary' ? ' (canary)' : ''}`;
}

function changeLines({ verb, kind, name, facts }: Change): string[] {
  const mark = { created: '+', changed: '~', deleted: '-' }[verb];
  return [`${mark} ${kind} ${name}`, ...(facts.length > 0 ? [`    ${facts.join(', ')}`] : [])];
}

function lines(row: readonly (readonly string[])[]): string[][] {
  const height = Math.max(...row.map((cell) => cell.length));
  return Array.from({ length: height }, (_, i) => row.map((cell) => cell[i] ?? ''));
}

/** Characters as people see them; names and header values may hold others than ASCII. */
function width(text: string): number {
  return [...text].length;
}
