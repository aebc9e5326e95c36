import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderWith, graylane } from './fixtures';

/** What cdk8s init leaves, as far as it matters here. */
const TEMPLATE = {
  'cdk8s.yaml': 'language: typescript\napp: npx ts-node main.ts\nimports:\n  - k8s\n',
  '.gitignore': '*.d.ts\n*.js\n!jest.config.js\nnode_modules\ndist/\n',
  'package.json': '{ "dependencies": { "cdk8s": "^2" } }',
};

const read = (folder: string, name: string) => readFileSync(`${folder}/${name}`, 'utf8');

async function init(folder: string, ...options: string[]) {
  const { code, out, err } = await graylane(['init', ...options], { folder });
  expect(code, err).toBe(0);
  const [files, next] = out.split('next:\n') as [string, string];
  return {
    files: files.trim().split('\n'),
    next: next
      .trim()
      .split('\n')
      .map((line) => line.trim()),
    out,
  };
}

test('a project of cdk8s init', async () => {
  const folder = folderWith(TEMPLATE);
  const { files, next } = await init(folder);
  expect(files).toEqual([
    'cdk8s.yaml: unchanged',
    '.gitignore: changed',
    '.gitattributes: created',
    'releases/.gitkeep: created',
    '.github/workflows/graylane-check.yml: created',
    '.github/workflows/graylane-release.yml: created',
  ]);
  expect(read(folder, 'cdk8s.yaml')).toBe(TEMPLATE['cdk8s.yaml']);
  expect(read(folder, '.gitignore')).toBe('*.d.ts\n*.js\n!jest.config.js\nnode_modules\n');
  expect(read(folder, '.gitattributes')).toBe('dist/** -merge\n');
  expect(next).toEqual([
    '$ npm install graylane',
    "$ npx graylane record   # what runs now, once the app calls Ledger.fromFolder(app, 'releases')",
  ]);
});

test('a second run changes nothing, and names what comes next', async () => {
  const folder = folderWith({ ...TEMPLATE, 'package.json': '{ "dependencies": { "graylane": "^0" } }' });
  await init(folder);
  writeFileSync(`${folder}/releases/rollout-a.json`, '{}');
  const { files, next } = await init(folder);
  expect(files.filter((line) => !line.endsWith(': unchanged'))).toEqual([]);
  expect(next).toEqual([
    '$ npx cdk8s synth && git add -A && git commit -m "Releases go by ledger"',
    '$ npx graylane verify',
  ]);
});

test('an empty folder', async () => {
  const folder = folderWith({});
  const { files } = await init(folder);
  expect(files.map((line) => line.split(': ')[1])).toEqual(files.map(() => 'created'));
  expect(parse(read(folder, 'cdk8s.yaml'))).toEqual({ language: 'typescript', app: 'npx tsx main.ts' });
  expect(read(folder, '.gitignore')).toBe('node_modules\n');
});

test.each(['dist', 'dist/', '/dist', '/dist/', 'dist/*', 'dist/**'])('takes %s out of .gitignore', async (line) => {
  const folder = folderWith({ '.gitignore': `# dist/ is built\n/distinct\n${line}\nother/dist/` });
  await init(folder);
  expect(read(folder, '.gitignore')).toBe('# dist/ is built\n/distinct\nother/dist/');
});

test('the output folder of cdk8s.yaml', async () => {
  const folder = folderWith({
    'cdk8s.yaml': 'app: node main.js\noutput: ./manifests/\n',
    '.gitignore': 'dist/\nmanifests/\n',
    '.gitattributes': '*.png binary',
  });
  await init(folder);
  expect(read(folder, '.gitignore')).toBe('dist/\n');
  expect(read(folder, '.gitattributes')).toBe('*.png binary\nmanifests/** -merge\n');
});

test('a workflow that somebody has changed stays', async () => {
  const folder = folderWith(TEMPLATE);
  await init(folder);
  const file = '.github/workflows/graylane-check.yml';
  const theirs = `${read(folder, file)}# ours\n`;
  writeFileSync(`${folder}/${file}`, theirs);
  const { out } = await init(folder);
  expect(out).toContain(
    `${file}: unchanged, though it is not what init writes; to have that, delete it and run init again\n`,
  );
  expect(read(folder, file)).toBe(theirs);
});

test('several environments: a folder of ledgers and a workflow each', async () => {
  const folder = folderWith(TEMPLATE);
  await init(folder, '--ledger', 'releases/staging', './releases/production/');
  for (const environment of ['staging', 'production']) {
    const file = `.github/workflows/graylane-release-${environment}.yml`;
    const { name, env, jobs } = parse(read(folder, file)) as {
      name: string;
      env: { LEDGER: string };
      jobs: { promote: { environment: string } };
    };
    expect([name, env.LEDGER, jobs.promote.environment]).toEqual([
      `graylane release ${environment}`,
      `releases/${environment}`,
      environment,
    ]);
    expect(existsSync(`${folder}/releases/${environment}/.gitkeep`)).toBe(true);
  }
  expect(existsSync(`${folder}/.github/workflows/graylane-release.yml`)).toBe(false);
});

test('an app below the top of its repository: workflows are at the top, and work below', async () => {
  const top = folderWith({});
  execFileSync('git', ['init', '-q'], { cwd: top });
  mkdirSync(`${top}/deploy/shop`, { recursive: true });
  const { files } = await init(`${top}/deploy/shop`);
  expect(files).toContain('../../.github/workflows/graylane-check.yml: created');
  for (const name of ['check', 'release']) {
    const { defaults } = parse(read(top, `.github/workflows/graylane-${name}.yml`)) as { defaults: object };
    expect(defaults).toEqual({ run: { shell: 'bash', 'working-directory': 'deploy/shop' } });
  }
});
