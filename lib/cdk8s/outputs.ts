import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Name of the variable that asks which folders a synthesis writes, and holds the file for it. */
const OUTPUTS_VARIABLE = 'GRAYLANE_OUTPUTS';

/**
 * Notes the folder that an app is synthesized into, one line of JSON for each synthesis.
 * @param ledgers the folder of the app's ledgers, as the app names it
 */
export function noteOutput(outdir: string, ledgers: string | undefined): void {
  const file = process.env[OUTPUTS_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify({ folder: resolve(outdir), ledgers })}\n`);
}
