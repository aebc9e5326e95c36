import type { Command } from 'commander';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { listLedgers } from '../../ledger';
import { isApp, projectOf } from '../input/cdk8s-app';
import { writeOne } from '../input/files';
import { gitIn } from '../input/git';
import { DEFAULT_LEDGER, workflowsOf } from '../input/workflows';
import { type Action, examples } from '../terminal/command';
import { EXIT, type Terminal } from '../terminal/terminal';

interface InitOptions {
  readonly ledger: readonly string[];
}

/** A file of the project as it is to be. */
interface ProjectFile {
  readonly file: string;
  readonly text: string;
  /** Somebody may have written it: what is there stays. */
  readonly theirs?: boolean;
}

const WHAT = `
It writes cdk8s.yaml and .gitignore where they are missing, takes the output folder out of .gitignore, keeps git from
merging it line by line, and adds the folder of ledgers and the workflows of GitHub Actions. Files that are right already,
and workflows that somebody has changed, stay as they are.`;

export function define(command: Command, terminal: Terminal): Action {
  command
    .option('--ledger <folders...>', 'the folders of ledgers, one for each environment', [DEFAULT_LEDGER])
    .addHelpText('after', WHAT)
    .addHelpText('after', examples(['graylane init', 'graylane init --ledger releases/staging releases/production']));
  return async ({ ledger }: InitOptions) => {
    const { folder, out } = terminal;
    const ledgers = ledger.map((name) => relative(folder, resolve(folder, name)));
    for (const one of [...projectFiles(folder, ledgers), ...(await workflowFiles(folder, ledgers))]) {
      out.write(`${one.file}: ${write(one, folder)}\n`);
    }
    const next = nextCommands(folder, ledgers).map((line) => `  $ ${line}\n`);
    out.write(`next:\n${next.join('')}`);
    return EXIT.done;
  };
}

/** What happened to the file. */
function write({ file, text, theirs }: ProjectFile, folder: string): string {
  const before = textOf(join(folder, file));
  if (before === text) return 'unchanged';
  if (before !== undefined && theirs) {
    return 'unchanged, though it is not what init writes; to have that, delete it and run init again';
  }
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeOne(file, text, folder);
  return before === undefined ? 'created' : 'changed';
}

function projectFiles(folder: string, ledgers: readonly string[]): ProjectFile[] {
  const { output = 'dist' } = (isApp(folder) ? projectOf(folder) : {}) as { output?: string };
  const outdir = output.replace(/^\.\/|\/+$/g, '');
  const keep = ledgers.filter(
    (name) => !existsSync(join(folder, name)) || readdirSync(join(folder, name)).length === 0,
  );
  return [
    { file: 'cdk8s.yaml', text: textOf(join(folder, 'cdk8s.yaml')) ?? 'language: typescript\napp: npx tsx main.ts\n' },
    { file: '.gitignore', text: withoutOutput(textOf(join(folder, '.gitignore')) ?? 'node_modules\n', outdir) },
    { file: '.gitattributes', text: withLine(textOf(join(folder, '.gitattributes')) ?? '', `${outdir}/** -merge`) },
    // git knows no empty folders.
    ...keep.map((name) => ({ file: join(name, '.gitkeep'), text: '' })),
  ];
}

/** Workflows are at the top of the repository, wherever in it the app is. */
async function workflowFiles(folder: string, ledgers: readonly string[]): Promise<ProjectFile[]> {
  const top = await gitIn(folder, 'init')('rev-parse', '--show-toplevel').then(
    (path) => path.trim(),
    () => realpathSync(folder),
  );
  const below = relative(top, realpathSync(folder));
  const up = relative(realpathSync(folder), top);
  return workflowsOf(ledgers, below).map(({ name, text }) => ({
    file: join(up, '.github/workflows', name),
    text,
    theirs: true,
  }));
}

/** All but the lines that would keep the whole folder out of the repository. */
function withoutOutput(text: string, outdir: string): string {
  const names = ['', '/'].flatMap((before) => ['', '/', '/*', '/**'].map((after) => `${before}${outdir}${after}`));
  return text
    .split(/(?<=\n)/)
    .filter((line) => !names.includes(line.trim()))
    .join('');
}

function withLine(text: string, line: string): string {
  if (text.split('\n').some((one) => one.trim() === line)) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

/** The first two commands that are still to be given. */
function nextCommands(folder: string, ledgers: readonly string[]): string[] {
  const manifest = textOf(join(folder, 'package.json')) ?? '';
  const recorded = ledgers.every((name) => listLedgers(join(folder, name)).length > 0);
  const all = [
    ...(manifest.includes('"graylane"') ? [] : ['npm install graylane']),
    ...(recorded
      ? []
      : [`npx graylane record   # what runs now, once the app calls Ledger.fromFolder(app, '${ledgers[0]}')`]),
    'npx cdk8s synth && git add -A && git commit -m "Releases go by ledger"',
    'npx graylane verify',
  ];
  return all.slice(0, 2);
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
