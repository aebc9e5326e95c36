/** Programs of ours that others start by name. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Writes a command into a folder of the PATH, which runs a file of TypeScript with what it is given. */
export function writeLauncher(folder: string, command: string, file: string): void {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' --import '${loader}' '${file}' "$@"\n`;
  writeFileSync(join(folder, command), script, { mode: 0o755 });
}
