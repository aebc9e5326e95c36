import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GraylaneError } from '../../core';
import { problem } from '../errors';
import type { Terminal } from '../terminal/terminal';

/** Bytes; no set of manifests of one release comes near it, and a parser should not have to bear more. */
const LARGEST = 5 * 1024 * 1024;
const ENDINGS = /\.(ya?ml|json)$/;

/** A text and where it comes from, as the user named it. */
export interface InputFile {
  readonly file: string;
  readonly text: string;
}

/**
 * The texts of files, of the manifests in folders (not in folders below them), and of stdin (`-`).
 * @throws GraylaneError file-unreadable, file-size, file-encoding or file-empty, with the file
 */
export async function readFiles(names: readonly string[], terminal: Terminal): Promise<InputFile[]> {
  const texts: InputFile[] = [];
  for (const name of names) {
    if (name === '-') texts.push(decode('stdin', await terminal.input()));
    else texts.push(...filesOf(name, terminal.folder).map((file) => readOne(file, terminal.folder)));
  }
  return texts;
}

/** @throws GraylaneError file-unwritable */
export function writeOne(file: string, text: string, folder: string): void {
  try {
    writeFileSync(resolve(folder, file), text);
  } catch (error) {
    throw new GraylaneError(problem('file-unwritable', file, (error as NodeJS.ErrnoException).code));
  }
}

function readOne(file: string, folder: string): InputFile {
  const path = resolve(folder, file);
  return readable(file, () => {
    const { size } = statSync(path);
    return size > LARGEST ? tooLarge(file, size) : decode(file, readFileSync(path));
  });
}

function filesOf(name: string, folder: string): string[] {
  const path = resolve(folder, name);
  return readable(name, () => {
    if (!statSync(path).isDirectory()) return [name];
    const files = readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && ENDINGS.test(entry.name))
      .map((entry) => join(name, entry.name))
      .sort();
    if (files.length === 0) {
      throw new GraylaneError(problem('file-empty', name, 'a folder without .yaml, .yml and .json files'));
    }
    return files;
  });
}

function decode(file: string, bytes: Uint8Array): InputFile {
  if (bytes.byteLength > LARGEST) return tooLarge(file, bytes.byteLength);
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new GraylaneError(problem('file-encoding', file, 'a byte that is no UTF-8'));
  }
}

function tooLarge(file: string, size: number): never {
  throw new GraylaneError(problem('file-size', file, `${(size / 1024 / 1024).toFixed(1)} MB`));
}

/** What the file system refuses is the user's to correct: a wrong name, a missing permission. */
function readable<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GraylaneError) throw error;
    throw new GraylaneError(problem('file-unreadable', file, (error as NodeJS.ErrnoException).code));
  }
}
