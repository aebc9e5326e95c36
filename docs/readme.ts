/**
 * Writes the parts of the documents that come from the code, each between its markers.
 *
 *     npm run docs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, markers, sections } from './sections';

for (const [document, names] of Object.entries(documents)) {
  const file = join(__dirname, '..', document);
  const written = names.reduce((text, name) => withSection(text, name, document), readFileSync(file, 'utf8'));
  writeFileSync(file, written);
}

function withSection(text: string, name: string, document: string): string {
  const [open, close] = markers(document, name);
  const part = sections[name]!();
  const [before, rest] = text.split(`${open}\n`);
  const after = rest?.split(close)[1];
  if (after === undefined) throw new Error(`${document} has no section ${open} ... ${close}`);
  const written = document.endsWith('.md') ? `\n${part.trim()}\n\n` : part;
  return `${before}${open}\n${written}${close}${after}`;
}
