import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, markers, sections } from '../docs/sections';

const root = join(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const parts = Object.entries(documents).flatMap(([document, names]) => names.map((name) => [document, name] as const));

it.each(parts)('%s has the %s that the code gives: `npm run docs` writes it', (document, name) => {
  const text = readFileSync(join(root, document), 'utf8');
  const [open, close] = markers(document, name);
  const written = text.slice(text.indexOf(open) + open.length, text.indexOf(close));
  expect(written.trim()).toBe(sections[name]!().trim());
});

it('every part is in a document', () => {
  expect([...new Set(parts.map(([, name]) => name))].sort()).toEqual(Object.keys(sections).sort());
});

describe('README.md', () => {
  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(() => readFileSync(join(root, link))).not.toThrow();
  });

  it('shows the commands that set everything up', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const shown = [...readme.matchAll(/npm (?:run )?(demo|test(?::\w+)?|bench)\b/g)].map(([, name]) => name!);
    expect(shown).toEqual(expect.arrayContaining(['demo', 'test']));
    for (const name of shown) expect(scripts).toHaveProperty([name]);
  });
});
