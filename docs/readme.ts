/**
 * Writes the parts of README.md that come from the code, each between its markers.
 *
 *     npm run docs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sections } from './sections';

const file = join(__dirname, '../README.md');
writeFileSync(file, withSections(readFileSync(file, 'utf8')));

function withSections(text: string): string {
  return Object.entries(sections).reduce((written, [name, content]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [before, rest] = written.split(`${open}\n`);
    const after = rest?.split(close)[1];
    if (after === undefined) throw new Error(`README.md has no section ${open} ... ${close}`);
    return `${before}${open}\n\n${content().trim()}\n\n${close}${after}`;
  }, text);
}
