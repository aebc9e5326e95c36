/**
 * Runs the parts of the test suite and ends with one line that counts the tests of all of them.
 *
 *     tsx test/run.ts [PART...]      without an argument all parts
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** Parts without tests of their own, as npm scripts. A check that fails counts as one failure and ends the run. */
const checks: Record<string, string[]> = {
  lint: ['lint'],
  compile: ['typecheck', 'build'],
};

/** Parts with tests, as projects of vitest.config.mts. */
const suites = ['unit', 'long', 'package', 'stack', 'real', 'e2e'];

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is read of vitest's JSON report. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

const none: Count = { passed: 0, failed: 0, skipped: 0 };

main(process.argv.slice(2));

function main(names: string[]): void {
  const parts = [...Object.keys(checks), ...suites];
  const unknown = names.filter((name) => !parts.includes(name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
    process.exit(2);
  }
  const { passed, failed, skipped } = runParts(names.length > 0 ? names : parts);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function runParts(names: string[]): Count {
  let total = none;
  for (const name of names) {
    console.log(`\n# ${name}\n`);
    const scripts = checks[name];
    if (!scripts) total = sum(total, runSuite(name));
    else if (!runCheck(scripts)) return sum(total, { ...none, failed: 1 });
  }
  return total;
}

function runCheck(scripts: string[]): boolean {
  return scripts.every((script) => run('npm', 'run', '--silent', script));
}

function runSuite(name: string): Count {
  const file = `.cache/test/${name}.json`;
  rmSync(file, { force: true });
  const ok = run('vitest', 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile=${file}`);
  const count = existsSync(file) ? countOf(JSON.parse(readFileSync(file, 'utf8')) as Report) : none;
  // An error outside of the tests fails the run, but no test.
  return ok || count.failed > 0 ? count : { ...count, failed: 1 };
}

function countOf(report: Report): Count {
  const notLoaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + notLoaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function run(command: string, ...args: string[]): boolean {
  // npm has put node_modules/.bin on the PATH; on Windows its commands need a shell.
  return spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

function sum(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}
