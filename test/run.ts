/**
 * Runs the parts of the test suite. Ends with what failed, and one line that counts the tests of all parts.
 *
 *     tsx test/run.ts [PART...]      without an argument all parts but the nightly ones
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';

/** Parts without tests of their own, as npm scripts. A check that fails counts as one failure and ends the run. */
const checks: Record<string, string[]> = {
  lint: ['lint'],
  compile: ['typecheck', 'build'],
};

/** Parts with tests, as projects of vitest.config.mts. */
const suites = ['unit', 'long', 'package', 'stack', 'real', 'e2e'];

/** Suites that take too long for every commit, by themselves or to build their programs. */
const nightly = ['nightly', 'bad-days', 'bot'];

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, each with its first lines: the end of a log is what is kept and read. */
  failures: string[];
}

/** What is read of vitest's JSON report. */
interface Report {
  numPassedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const none: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };

main(process.argv.slice(2));

function main(names: string[]): void {
  const everyCommit = [...Object.keys(checks), ...suites];
  const parts = [...everyCommit, ...nightly];
  const unknown = names.filter((name) => !parts.includes(name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
    process.exit(2);
  }
  const { passed, failed, skipped, failures } = runParts(names.length > 0 ? names : everyCommit);
  if (failures.length > 0) console.log(`\n# failed\n\n${failures.join('\n\n')}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function runParts(names: string[]): Outcome {
  let total = none;
  for (const name of names) {
    console.log(`\n# ${name}\n`);
    const scripts = checks[name];
    if (!scripts) total = sum(total, runSuite(name));
    else if (!runCheck(scripts)) return sum(total, failure(name));
  }
  return total;
}

function runCheck(scripts: string[]): boolean {
  return scripts.every((script) => run('npm', 'run', '--silent', script));
}

function runSuite(name: string): Outcome {
  const file = `.cache/test/${name}.json`;
  rmSync(file, { force: true });
  const ok = run('vitest', 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile=${file}`);
  const outcome = existsSync(file) ? outcomeOf(JSON.parse(readFileSync(file, 'utf8')) as Report) : none;
  // An error outside of the tests fails the run, but no test.
  return ok || outcome.failed > 0 ? outcome : sum(outcome, failure(`${name}: outside of its tests`));
}

function outcomeOf(report: Report): Outcome {
  const failures = report.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    if (tests.length > 0) return tests.map((test) => shown(file.name, test.fullName, test.failureMessages.join('\n')));
    return file.status === 'failed' ? [shown(file.name, 'not loaded', file.message)] : [];
  });
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

function shown(file: string, test: string, message: string): string {
  const lines = message.split('\n').filter((line) => !/node_modules|node:internal/.test(line));
  return [`${relative('.', file)}: ${test}`, ...lines.slice(0, 12).map((line) => `  ${line.slice(0, 300)}`)].join('\n');
}

function failure(what: string): Outcome {
  return { ...none, failed: 1, failures: [what] };
}

function run(command: string, ...args: string[]): boolean {
  // npm has put node_modules/.bin on the PATH; on Windows its commands need a shell.
  return spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

function sum(a: Outcome, b: Outcome): Outcome {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}
