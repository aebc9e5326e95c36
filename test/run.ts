/**
 * Runs the parts of the test suite and ends with one line that counts the tests of all of them.
 *
 *     tsx test/run.ts [PART...]      all parts without an argument
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const none: Count = { passed: 0, failed: 0, skipped: 0 };

/** In the order they run: cheap and telling first. A part that fails ends the run. */
const parts: Record<string, () => Count> = {
  lint: () => check('lint'),
  compile: () => check('typecheck', 'build'),
  unit: () => vitest('unit'),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in parts));
if (unknown.length > 0) {
  throw new Error(`no such part: ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`);
}

let total = none;
for (const name of names.length > 0 ? names : Object.keys(parts)) {
  console.log(`\n# ${name}\n`);
  total = sum(total, parts[name]!());
  if (total.failed > 0) break;
}
console.log(`\n${summary(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** npm scripts that pass or fail as a whole: no tests of their own, but one failure when one of them fails. */
function check(...scripts: string[]): Count {
  return { ...none, failed: scripts.every((script) => run('npm', 'run', '--silent', script)) ? 0 : 1 };
}

/** The tests of one project of vitest.config.mts. */
function vitest(project: string): Count {
  const report = `.cache/test/${project}.json`;
  rmSync(report, { force: true });
  const ok = run(
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  );
  const count = existsSync(report) ? read(report) : none;
  // A file that cannot load and an error outside of tests fail the run, but no test.
  return ok || count.failed > 0 ? count : { ...count, failed: 1 };
}

function read(report: string): Count {
  const json = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  return {
    passed: json.numPassedTests ?? 0,
    failed: json.numFailedTests ?? 0,
    skipped: (json.numPendingTests ?? 0) + (json.numTodoTests ?? 0),
  };
}

function run(command: string, ...args: string[]): boolean {
  // npm has put node_modules/.bin on the PATH; on Windows its commands need a shell.
  return spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

function sum(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function summary({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
