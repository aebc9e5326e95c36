import type { Audience, StoryboardRow } from './storyboard';
import type { Change } from './changes';

const HEADINGS = ['STAGE', 'WHAT CHANGES', 'WAITS FOR', 'WHO GETS WHAT'];

/** The storyboard as a plain text table, and its notes; a row has as many lines as its longest cell. */
export function formatStoryboard(rows: readonly StoryboardRow[]): string {
  const notes = notesOf(rows);
  const cells = rows.map((row) => [
    [row.stage],
    row.changes.length > 0 ? row.changes.flatMap(changeLines) : ['-'],
    [...row.waitsFor, ...(row.gate === undefined ? [] : [`gate: ${row.gate}`])],
    row.audience.map((audience) => audienceWords(audience, notes)),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...cells.flatMap((row) => row[i]!.map(width))));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => text + ' '.repeat(widths[i]! - width(text)))
      .join('   ')
      .trimEnd();
  const rule = widths.map((w) => '-'.repeat(w)).join('   ');
  const below = notes.length > 0 ? ['', ...notes.map(numbered)] : [];
  return [line(HEADINGS), rule, ...cells.flatMap((row) => lines(row).map(line)), ...below].join('\n') + '\n';
}

/** The notes of all rows, each once. */
export function notesOf(rows: readonly StoryboardRow[]): string[] {
  return [...new Set(rows.flatMap(({ audience }) => audience.flatMap(({ notes = [] }) => notes)))];
}

/** `[1] as far as ...`. */
export function numbered(note: string, i: number): string {
  return `[${i + 1}] ${note}`;
}

/** `20% of the requests [1]`, by the numbers of its notes among all. */
export function requestsWords({ requests, notes = [] }: Audience, all: readonly string[]): string {
  return [requests, ...notes.map((note) => `[${all.indexOf(note) + 1}]`)].join(' ');
}

/** `User-Agent: foo -> v2 (canary)`. */
function audienceWords(audience: Audience, notes: readonly string[]): string {
  const { revisions, pods } = audience;
  return `${requestsWords(audience, notes)} -> ${revisions.join(', then ')}${pods === 'canary' ? ' (canary)' : ''}`;
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
