/** What a command of Pulumi has shown, as it is every time: for what is compared whole. */
import { withoutIds } from '../cluster/approvals';

/** Lines that say where the tests have their programs, and those that say that something goes on. */
const PASSING = /^(?:@ .*|.*warning: using pulumi-\S+ from \$PATH.*)$/;

/** A resource's line: what is done, its type and name, what becomes of it, and what was said of it last. */
const RESOURCE =
  /^( (?:[-+~>]{1,2}| ) {1,2}(\S+:\S+ \S+)(?: [a-z]+(?:\[retain\])?)?(?: \[diff: [^\]]*\])?)(?:[ ;].*)?$/;

/** A resource's line while something goes on: whether it is shown depends on how long that takes. */
const GOING_ON = /^ (?:[-+~>]{1,2}| ) {1,2}(\S+:\S+ \S+) (?:creating|updating|deleting|refreshing|reading)\b.*$/;

/** Blank lines between resources, and before what comes after them. */
const BLANK = /\n{2,}(?= (?:[-+~>]{1,2}| ) {1,2}\S+:\S+ |(?:Diagnostics|Outputs|Resources):)/g;

/** @param names what has another name in each run, and how it is to be called */
export function screenOf(text: string, names: Readonly<Record<string, string>> = {}): string {
  const known = Object.entries(names).reduce((all, [name, called]) => all.replaceAll(name, called), text);
  const lines = withoutIds(known)
    .replace(/\b[0-9a-f]{12}\b/g, 'REVISION')
    .replace(/-[0-9a-f]{8}\b/g, '-SUFFIX')
    .replace(/ \((?:\d+m)?[\d.]+s\)/g, '')
    .replace(/Duration: .*/g, 'Duration: ...')
    .split('\n')
    .map((line) => line.trimEnd().replace(GOING_ON, '    $1'))
    .filter((line) => !PASSING.test(line));
  const whole = lastOfEach(lines)
    .join('\n')
    .replace(/^ {2}\S+ \(\S+\):\n(?! {4})\n*/gm, '')
    .replace(/^Diagnostics:\n(?! {2})\n*/gm, '')
    .replace(BLANK, '\n')
    .replace(/\n{2,}/g, '\n\n')
    .trim();
  return inOrder(whole);
}

/** Resources that do not depend on one another come in any order: their lines, and what is told of each, by name. */
function inOrder(text: string): string {
  const sorted = (items: readonly string[]) => [...items].sort().join('');
  const resources = text.replace(/(?:^ (?:[-+~>]{1,2}| ) {1,2}\S+:\S+ .*\n)+/gm, (lines) =>
    sorted(lines.split(/(?<=\n)/)),
  );
  const told = /(?:^ {2}\S+:\S+ \(\S+\):\n(?: {4}.*\n)+\n?)+/gm;
  return resources.replace(told, (blocks) => {
    const each = blocks.match(/^ {2}\S+:\S+ \(\S+\):\n(?: {4}.*\n)+/gm)!;
    return `${sorted(each.map((one) => `${one}\n`)).trimEnd()}\n${blocks.endsWith('\n\n') ? '\n' : ''}`;
  });
}

/** A resource has a line for each of its moments; all that was said and is not passing is told in the end, too. */
function lastOfEach(lines: readonly string[]): string[] {
  const kept: string[] = [];
  const places = new Map<string, number>();
  for (const line of lines) {
    if (/^(?:Previewing|Updating|Refreshing|Destroying)/.test(line)) places.clear();
    const [, shown = line, resource] = RESOURCE.exec(line) ?? [];
    const place = resource === undefined ? undefined : places.get(resource);
    // What is said of a resource last may come after what was done to it, or before.
    if (place !== undefined) kept[place] = isPlain(shown) && !isPlain(kept[place]!) ? kept[place]! : shown;
    else kept.push(shown);
    if (resource !== undefined && place === undefined) places.set(resource, kept.length - 1);
  }
  return kept;
}

/** A line of a resource to which nothing is done. */
function isPlain(line: string): boolean {
  return line.startsWith('    ');
}
