/**
 * Prints what is new in a version, for its tag; ends with an error where tag, package.json and CHANGELOG.md do not agree.
 *
 *     tsx publish/notes.ts v0.1.0
 */
import { readFileSync } from 'node:fs';
import { notesOf } from './changelog';

const [tag] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
if (tag !== `v${version}`) {
  throw new Error(
    `the tag is ${tag}, but package.json says version ${version}: tag v${version}, or change it in .projenrc.ts`,
  );
}
console.log(notesOf(version, readFileSync('CHANGELOG.md', 'utf8')));
