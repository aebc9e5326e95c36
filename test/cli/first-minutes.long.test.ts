/**
 * The first ten minutes of the README, command by command, in an empty folder. Where it installs graylane, it gets the
 * package that `npm publish` would send.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pack } from '../package/consumer';
import { AS_INSTALLED } from './cdk8s-project';
import { COMMITTER, folderWith } from './fixtures';

const readme = readFileSync('README.md', 'utf8');
const [program] = blocks(readme, 'ts');
const commands = blocks(readme.split('## The first ten minutes')[1]!.split('\n## ')[0]!, 'sh');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block!);
}

/** npx may install what it runs, and the schema of Kubernetes comes from this test. */
const INSTALLS = {
  npm_config_yes: 'true',
  NODE_OPTIONS: `--require ${resolve('test/cli/kubernetes-schema.cjs')}`,
};

test('the first ten minutes', () => {
  const { file, remove } = pack();
  const folder = folderWith({});
  onTestFinished(remove);
  const env = { ...process.env, ...COMMITTER, ...AS_INSTALLED };
  const run = (line: string, more = {}) => {
    const options = { cwd: folder, encoding: 'utf8', env: { ...env, ...more } } as const;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], options);
    expect(status, `${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const play = (block: string) =>
    block
      .trim()
      .split('\n')
      .map((line) => run(line))
      .join('');
  const yaml = () => readFileSync(join(folder, 'dist/shop.k8s.yaml'), 'utf8');

  expect(commands).toHaveLength(3);
  for (const line of commands[0]!.trim().split('\n'))
    run(line.replace(/(npm install) graylane$/, `$1 ${file}`), INSTALLS);
  writeFileSync(join(folder, 'main.ts'), program!);

  expect(play(commands[1]!)).toContain('releases/rollout-a.json: created; no release under way, stable is ');
  expect(yaml()).toContain('spring-cloud-a:v1');
  expect(run('npx graylane verify')).toContain('as the app writes them');

  const told = play(commands[2]!);
  expect(told).toContain('gate: approval of step 1');
  expect(told).toMatch(/next: npx graylane advance rollout-a --from rollout-a#1-\w{12}\/step-1\/canary\n$/);
  expect(yaml()).toMatch(/spring-cloud-a:v1[^]*spring-cloud-a:v2/);
  expect(run('git status --porcelain')).toBe('');
  expect(run('npx graylane verify')).toContain('as the app writes them');

  // What the README says of the next two commands.
  const next = () =>
    /next: (npx graylane .*)\n/.exec(
      spawnSync('npx', ['graylane', 'status'], { cwd: folder, encoding: 'utf8', env }).stdout,
    )![1]!;
  run(next());
  run('npx cdk8s synth');
  expect(yaml()).toContain('canary-by-header: User-Agent');
  expect(next()).toMatch(/^npx graylane advance --approve rollout-a#1-\w{12}\/step-1$/);
}, 3_600_000);
