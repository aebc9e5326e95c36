/**
 * The first ten minutes of the README, command by command. Only what needs more of the network than the registry of
 * packages is not run: `cdk8s init` and `npm install` are the template of the newest cdk8s-cli, and its packages.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cdk8sProject } from './cdk8s-project';
import { COMMITTER, folderWith } from './fixtures';

const readme = readFileSync('README.md', 'utf8');
const [program] = blocks(readme, 'ts');
const commands = blocks(readme.split('## The first ten minutes')[1]!.split('\n## ')[0]!, 'sh');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block!);
}

const PROJECT = ['npx cdk8s-cli init typescript-app', 'npm install graylane'];
test('the first ten minutes', () => {
  const own = mkdtempSync(join(tmpdir(), 'graylane-'));
  onTestFinished(() => rmSync(own, { recursive: true }));
  const { write, packages } = cdk8sProject(own);
  const folder = folderWith({});
  const env = { ...process.env, ...COMMITTER, CI: '' };
  const run = (line: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8', env });
    expect(status, `${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const play = (block: string) => block.trim().split('\n').map(run).join('');
  const yaml = () => readFileSync(join(folder, 'dist/shop.k8s.yaml'), 'utf8');

  expect(commands).toHaveLength(3);
  const setUp = commands[0]!.trim().split('\n');
  expect(setUp.slice(0, 2)).toEqual(PROJECT);
  write(folder);
  symlinkSync(packages, join(folder, 'node_modules'));
  setUp.slice(2).forEach(run);
  writeFileSync(join(folder, 'main.ts'), program!);

  expect(play(commands[1]!)).toContain('releases/rollout-a.json: created; no release under way, stable is ');
  expect(yaml()).toContain('spring-cloud-a:v1');
  expect(run('npx graylane verify')).toContain('as the app writes them');

  const told = play(commands[2]!);
  expect(told).toContain('gate: approval of step 1');
  expect(told).toMatch(/next: npx graylane advance rollout-a --from rollout-a#1\/step-1\/canary\n$/);
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
  expect(next()).toBe('npx graylane advance --approve rollout-a#1/step-1');
}, 3_600_000);
