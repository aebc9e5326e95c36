import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of graylane, as its package says. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** By which an API server's audit log tells whose requests ours are. @param command such as `up`, or `pulumi` */
export function userAgent(command: string): string {
  return `graylane/${version()} (${command})`;
}
