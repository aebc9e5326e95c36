import { type Audience, type Change, notesOf, numbered, requestsWords, type StoryboardRow } from '../../core';
import { type PlannedRelease, title } from './planned';

/** Pixels. */
const MARGIN = 24;
const LINE = 22;
const PADDING = 14;
const COLUMNS = { stage: MARGIN + 12, requests: 176, pods: 422, changes: 598 };
const WIDTH = 1102;
const POD_WIDTH = 144;

/** Characters that fit into a column at the font's size. */
const FITS = { requests: 31, changes: 74, notes: 150 };

const STYLE = `
  svg { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
  .page { fill: #ffffff } .row { fill: #f6f8fa } .text { fill: #1f2328 } .faint { fill: #59636e }
  .title { font-size: 17px; font-weight: 600 } .stage { font-weight: 600 } .heading { font-size: 11px; letter-spacing: .06em }
  .v1 { fill: #54698d } .v2 { fill: #1a7f37 } .label { fill: #ffffff; font-weight: 600 }
  .to-v1 { stroke: #54698d } .to-v2 { stroke: #1a7f37 } .arrow { fill: none; stroke-width: 2 }
  .gate { fill: #9a6700; font-weight: 600 } .gate-line { stroke: #d4a72c; stroke-width: 2; stroke-dasharray: 6 4 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .row { fill: #161b22 } .text { fill: #e6edf3 } .faint { fill: #9198a1 }
    .v1 { fill: #56709c } .v2 { fill: #238636 } .to-v1 { stroke: #8ba3cf } .to-v2 { stroke: #3fb950 }
    .gate { fill: #d29922 } .gate-line { stroke: #9e6a03 }
  }`;

interface Drawn {
  readonly svg: string;
  readonly bottom: number;
}

/** The storyboards as one SVG: at each stage, which requests are served by which pods; light and dark by the reader's choice. */
export function drawStoryboards(releases: readonly PlannedRelease[]): string {
  let top = MARGIN;
  const panels = releases.map((release) => {
    const { svg, bottom } = drawRelease(release, top);
    top = bottom + MARGIN;
    return svg;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" role="img">`,
    `<title>${escape(releases.map(title).join('; '))}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${top}"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function drawRelease(release: PlannedRelease, top: number): Drawn {
  const first = top + 34;
  const headings = [
    text(MARGIN, top + 14, title(release), 'text title'),
    text(COLUMNS.stage, first, 'STAGE', 'faint heading'),
    text(COLUMNS.requests, first, 'WHICH REQUESTS', 'faint heading'),
    text(COLUMNS.pods, first, 'GO TO', 'faint heading'),
    text(COLUMNS.changes, first, 'WHAT CHANGES', 'faint heading'),
  ];
  const notes = notesOf(release.stages);
  let bottom = first + 10;
  const rows = release.stages.map((row) => {
    const drawn = drawRow(row, bottom, notes);
    bottom = drawn.bottom;
    return drawn.svg;
  });
  const below = notes.map((note, i) =>
    text(COLUMNS.stage, bottom + (i + 1) * LINE, numbered(note, i), 'faint', FITS.notes),
  );
  return { svg: [...headings, ...rows, ...below].join('\n'), bottom: bottom + notes.length * LINE };
}

function drawRow(row: StoryboardRow, top: number, notes: readonly string[]): Drawn {
  const changes = row.changes.flatMap(changeLines);
  const height = Math.max(row.audience.length, changes.length, 1) * LINE + PADDING;
  const line = (i: number) => top + PADDING / 2 + i * LINE + 16;
  const svg = [
    `<rect class="row" x="${MARGIN}" y="${top}" width="${WIDTH - 2 * MARGIN}" height="${height}" rx="6"/>`,
    text(COLUMNS.stage, line(0), row.stage, 'text stage'),
    ...row.audience.map((audience, i) => drawAudience(audience, notes, line(i))),
    ...changes.map((words, i) => text(COLUMNS.changes, line(i), words, 'text', FITS.changes)),
  ];
  const bottom = top + height + 4;
  if (row.gate === undefined) return { svg: svg.join('\n'), bottom };
  return { svg: [...svg, drawGate(row.gate, bottom)].join('\n'), bottom: bottom + LINE + 4 };
}

/** Requests, an arrow in the colour of their revision, and the pods that answer. */
function drawAudience(audience: Audience, notes: readonly string[], y: number): string {
  const { revisions, pods } = audience;
  const [first, last] = [revisions[0]!, revisions.at(-1)!];
  const [from, to] = [COLUMNS.pods - 36, COLUMNS.pods - 8];
  const x = COLUMNS.pods;
  const label = `${pods} ${revisions.join(' \u2192 ')}`;
  return [
    text(COLUMNS.requests, y, requestsWords(audience, notes), 'text', FITS.requests),
    `<path class="arrow to-${last}" d="M${from} ${y - 5}H${to}m-6 -4l6 4l-6 4"/>`,
    `<rect class="${first}" x="${x}" y="${y - 15}" width="${POD_WIDTH}" height="19" rx="5"/>`,
    ...(first === last
      ? []
      : [`<rect class="${last}" x="${x + POD_WIDTH / 2}" y="${y - 15}" width="${POD_WIDTH / 2}" height="19" rx="5"/>`]),
    `<text class="label" x="${x + POD_WIDTH / 2}" y="${y - 1}" text-anchor="middle">${escape(label)}</text>`,
  ].join('\n');
}

function drawGate(words: string, top: number): string {
  const y = top + LINE / 2;
  const label = text(COLUMNS.stage, y + 4, `\u25c6 waits for ${words}`, 'gate');
  return `${label}\n<line class="gate-line" x1="${COLUMNS.pods - 36}" y1="${y}" x2="${WIDTH - MARGIN}" y2="${y}"/>`;
}

/** One line, or a second one for what of the object changes. */
function changeLines({ verb, kind, name, facts }: Change): string[] {
  const object = `${{ created: '+', changed: '~', deleted: '\u2212' }[verb]} ${kind} ${name}`;
  if (facts.length === 0) return [object];
  const whole = `${object}: ${facts.join(', ')}`;
  return whole.length <= FITS.changes ? [whole] : [object, `\u2003${facts.join(', ')}`];
}

/** A line of text, cut where it would run into the next column; the whole of it shows when pointed at. */
function text(x: number, y: number, words: string, style: string, fits = Infinity): string {
  const characters = [...words];
  if (characters.length <= fits) return `<text class="${style}" x="${x}" y="${y}">${escape(words)}</text>`;
  const cut = escape(`${characters.slice(0, fits - 1).join('')}\u2026`);
  return `<text class="${style}" x="${x}" y="${y}">${cut}<title>${escape(words)}</title></text>`;
}

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(words: string): string {
  // XML has no way to write control characters.
  // eslint-disable-next-line no-control-regex
  return words.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/[&<>"]/g, (character) => MARKUP[character]!);
}
