import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The workflow files as the package has them: of the folder `releases`, and the GitHub environment `production`. */
const FOLDER = join(__dirname, '../../../deploy/github-actions');

export const DEFAULT_LEDGER = 'releases';

/** A file of GitHub Actions. */
export interface Workflow {
  readonly name: string;
  readonly text: string;
}

/**
 * The workflows of a project: one that checks pull requests, and one that carries out releases for each folder of ledgers.
 * A folder that is not `releases` is the environment of its name.
 * @param below the folder of the app in its repository
 */
export function workflowsOf(ledgers: readonly string[], below: string): Workflow[] {
  const within = (text: string) => replaced(text, 'working-directory: .', `working-directory: ${below}`);
  const check = { name: 'graylane-check.yml', text: read('graylane-check.yml') };
  const all = [check, ...ledgers.map(releaseOf)];
  return below === '' ? all : all.map(({ name, text }) => ({ name, text: within(text) }));
}

function releaseOf(ledger: string): Workflow {
  const name = 'graylane-release.yml';
  const text = read(name);
  if (ledger === DEFAULT_LEDGER) return { name, text };
  const environment = basename(ledger);
  const changes: [string, string][] = [
    ['name: graylane release\n', `name: graylane release ${environment}\n`],
    [`LEDGER: ${DEFAULT_LEDGER}\n`, `LEDGER: ${ledger}\n`],
    ['environment: production\n', `environment: ${environment}\n`],
  ];
  return {
    name: `graylane-release-${environment}.yml`,
    text: changes.reduce((before, [from, to]) => replaced(before, from, to), text),
  };
}

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** The files are ours: a place that is not there is our own mistake. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the workflow has no ${from}`);
  return text.replace(from, () => to);
}
