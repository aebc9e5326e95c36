import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../lib/cli/run';
import type { Manifest } from '../../lib/core';

/** The sample's manifests, with the Rollouts of a version of Kruise's API. */
export const sample = (version: 'v1alpha1' | 'v1beta1' = 'v1beta1'): string[] =>
  ['spring-cloud-a', 'spring-cloud-b', 'traffic-routing', version === 'v1beta1' ? 'rollouts' : 'v1alpha1/rollouts'].map(
    (name) => `${process.cwd()}/examples/yaml/${name}.yaml`,
  );

/** Who commits, for git, by its environment. */
export const COMMITTER = {
  GIT_AUTHOR_NAME: 'dev',
  GIT_AUTHOR_EMAIL: 'dev@example.com',
  GIT_COMMITTER_NAME: 'dev',
  GIT_COMMITTER_EMAIL: 'dev@example.com',
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly folder?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: string;
}

/** Runs a command line as `graylane ...` does, in this process. */
export async function graylane(args: readonly string[], world: World = {}): Promise<Ran> {
  const written = { out: '', err: '' };
  const output = (stream: 'out' | 'err') => ({
    write: (text: string) => {
      written[stream] += text;
    },
    colour: false,
  });
  const code = await run(args, {
    out: output('out'),
    err: output('err'),
    input: async () => Buffer.from(world.input ?? ''),
    folder: world.folder ?? process.cwd(),
    env: world.env ?? {},
    now: () => new Date(world.now ?? '2026-01-01T00:00:00.000Z'),
  });
  return { code, ...written };
}

/** The objects of a YAML stream. */
export function objects(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** `Kind name` of each object. */
export function names(text: string): string[] {
  return objects(text).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** A folder of the test's own, with these files; gone when the test is over. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'graylane-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
