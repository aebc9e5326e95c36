/** What CI looks at in every pull request: each way in which ledgers, app and committed YAML can disagree is found. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, graylane, type Ran } from './fixtures';

const ROOT = process.cwd();
const TSX = `${ROOT}/node_modules/.bin/tsx --tsconfig ${ROOT}/tsconfig.json`;

/** One app for each environment of images.json; `options` are those of App, `more` comes last. */
const program = (options: string, more = '') => `
import { readFileSync } from 'node:fs';
import { App, Chart, Include } from 'cdk8s';
import { CanaryRollout, Ledger, Workload } from 'graylane/cdk8s';

const images: Record<string, string> = JSON.parse(readFileSync('images.json', 'utf8'));
for (const [environment, image] of Object.entries(images)) {
  const app = new App(${options});
  const chart = new Chart(app, 'shop');
  const web = new Include(chart, 'web', { url: 'web.yaml' });
  web.apiObjects[0].addJsonPatch({ _toJson: () => ({ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }) } as never);
  new CanaryRollout(chart, 'rollout-a', { workload: Workload.in(web, 'web'), steps: [{ replicas: 1 }] });
  Ledger.fromFolder(app, 'releases/' + environment);
  app.synth();
}
${more}
`;

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: none }] }
`;

const ONE = { production: 'web:v1' };

class Project {
  readonly folder: string;

  constructor(
    readonly options = '{}',
    images: Readonly<Record<string, string>> = ONE,
    { main = 'main.ts', below = '.', more = '' } = {},
  ) {
    this.top = folderWith({ '.gitignore': 'node_modules\n', 'package.json': '{ "private": true }' });
    this.folder = below === '.' ? this.top : `${this.top}/${below}`;
    symlinkSync(`${ROOT}/node_modules`, `${this.top}/node_modules`);
    this.write('cdk8s.yaml', `app: ${TSX} ${main}\n`);
    this.write(main, program(options, more));
    this.write('web.yaml', WEB);
    this.images(images);
    this.git('-C', this.top, 'init', '-q');
  }

  private readonly top: string;

  /** Recorded, synthesized and committed. */
  async begun(): Promise<this> {
    const { code, err } = await this.run('record');
    expect(code, err).toBe(0);
    return this.synth().commit();
  }

  images(images: Readonly<Record<string, string>>): void {
    this.write('images.json', JSON.stringify(images));
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(`${this.folder}/${file}`), { recursive: true });
    writeFileSync(`${this.folder}/${file}`, text);
  }

  synth(): this {
    const [, command] = /^app: (.*)$/m.exec(readFileSync(`${this.folder}/cdk8s.yaml`, 'utf8'))!;
    execFileSync('sh', ['-c', command!], { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    return this;
  }

  commit(): this {
    this.git('add', '-A');
    this.git('commit', '-qm', 'commit');
    return this;
  }

  git(...args: string[]): string {
    const config = ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com'];
    return execFileSync('git', [...config, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  }

  run(command: string): Promise<Ran> {
    return graylane(command.split(' '), { folder: this.folder, env: { PATH: process.env.PATH! } });
  }

  /** What is wrong, as `code file`, told without a change to the working tree. */
  async verify(options = ''): Promise<string[]> {
    const before = this.git('status', '--porcelain', '--ignored', '-uall');
    const { code, out, err } = await this.run(`verify${options}`);
    expect(this.git('status', '--porcelain', '--ignored', '-uall')).toBe(before);
    expect(this.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
    const problems = [...err.matchAll(/^error: ([^:\n]*?)(?:: .*| is missing) \(([a-z-]+)\)$/gm)].map(
      ([, at, what]) => `${what} ${at}`,
    );
    expect([code, out === ''], err).toEqual(problems.length === 0 ? [0, false] : [1, true]);
    return problems;
  }
}

const FILES = ['FILE_PER_APP', 'FILE_PER_CHART', 'FILE_PER_RESOURCE', 'FOLDER_PER_CHART_FILE_PER_RESOURCE'];

test.each(FILES.map((name, type) => [name, type] as const))('output type %s', async (_, type) => {
  const project = await new Project(`{ yamlOutputType: ${type} }`).begun();
  expect(await project.verify()).toEqual([]);
  const [first] = project.git('ls-files', 'dist').trim().split('\n');
  project.write(first!, `${readFileSync(`${project.folder}/${first}`, 'utf8')}# by hand\n`);
  project.write('dist/shop/old.k8s.yaml', 'kind: X\n');
  expect((await project.commit().verify()).sort()).toEqual([
    `output-differs ${first}`,
    'output-left-over dist/shop/old.k8s.yaml',
  ]);
});

test('it looks at what is committed, and tells what is not', async () => {
  const project = await new Project().begun();
  project.write('dist/shop.k8s.yaml', 'kind: X\n');
  project.write('notes.txt', '');
  const { code, err, out } = await project.run('verify');
  expect(err).toContain('note: not committed, and not looked at: dist/shop.k8s.yaml, notes.txt\n');
  expect(out).toMatch(
    /^releases\/production\/rollout-a.json: no release under way, stable is \w{12}\ndist: 1 files, as the app writes them\n$/,
  );
  expect(code).toBe(0);
});

test('files that are missing, ignored, or left over from another run', async () => {
  const project = await new Project().begun();
  project.git('rm', '-q', '--cached', 'dist/shop.k8s.yaml');
  project.git('commit', '-qm', 'forgotten');
  expect(await project.verify()).toEqual(['output-uncommitted dist/shop.k8s.yaml']);
  project.write('.gitignore', 'node_modules\ndist/\n');
  project.git('add', '.gitignore');
  project.git('commit', '-qm', 'as cdk8s init leaves it');
  expect(await project.verify()).toEqual(['output-ignored dist/shop.k8s.yaml']);
});

test('a ledger that is missing, or behind', async () => {
  const project = await new Project().begun();
  project.images({ production: 'web:v2' });
  const behind = await project.commit().run('verify');
  expect([behind.code, behind.err.includes('ledger-behind')], behind.err).toEqual([1, true]);
  rmSync(`${project.folder}/releases/production/rollout-a.json`);
  expect(await project.commit().verify()).toEqual(['ledger-missing releases/production/rollout-a.json']);
});

test('a ledger that moved without its YAML, and YAML without its ledger', async () => {
  const project = await new Project().begun();
  project.images({ production: 'web:v2' });
  expect((await project.run('advance')).code).toBe(0);
  expect(await project.commit().verify()).toEqual(['output-differs dist/shop.k8s.yaml']);
  expect(await project.synth().commit().verify()).toEqual([]);
  project.git('checkout', '-q', 'HEAD~1', '--', 'releases');
  expect((await project.run('advance')).code).toBe(0);
  expect(await project.commit().verify()).toEqual(['output-differs dist/shop.k8s.yaml']);
});

test('a template that is another one each time', async () => {
  const project = await new Project().begun();
  project.write('main.ts', program('{}').replace('value: image', 'value: image + Math.random()'));
  expect(await project.commit().verify()).toEqual(['template-unstable rollout rollout-a']);
});

test('several environments, each in a folder of its own; one of them alone', async () => {
  const project = await new Project('{ outdir: `manifests/${environment}` }', { staging: 'web:v1', ...ONE }).begun();
  expect(await project.verify()).toEqual([]);
  for (const name of ['staging', 'production']) project.write(`manifests/${name}/old.yaml`, 'kind: X\n');
  project.commit();
  expect(await project.verify(' --ledger releases/staging')).toEqual(['output-left-over manifests/staging/old.yaml']);
  expect(await project.verify()).toHaveLength(2);
  expect(await project.verify(' --ledger releases/none')).toEqual(['ledger-folder --ledger']);
});

test('an app in a folder of its repository, as an ES module', async () => {
  const project = await new Project('{}', ONE, { main: 'main.mts', below: 'deploy/shop' }).begun();
  expect(await project.verify()).toEqual([]);
  project.write('dist/old.yaml', 'kind: X\n');
  expect(await project.commit().verify()).toEqual(['output-left-over dist/old.yaml']);
});

test('what the app writes itself, beside its folder', async () => {
  const more = `import { writeFileSync } from 'node:fs';\nwriteFileSync('summary.md', Object.values(images).join());`;
  const project = await new Project('{}', ONE, { more }).begun();
  expect(await project.verify()).toEqual([]);
  project.write('summary.md', 'by hand');
  expect(await project.commit().verify()).toEqual(['output-differs summary.md']);
});

test('an app that is compiled first: what git ignores is that of the working tree', async () => {
  const project = await new Project().begun();
  project.write('cdk8s.yaml', `app: ${TSX} compiled.ts\n`);
  project.write('compiled.ts', program('{}'));
  project.write('.gitignore', 'node_modules\ncompiled.ts\n');
  expect(await project.commit().verify()).toEqual([]);
});

test('no commit to look at, and no output', async () => {
  const project = new Project();
  expect((await project.run('verify')).err).toContain('HEAD: git says: ');
  await project.run('record');
  project.write(
    'main.ts',
    program('{}').replace('app.synth()', 'process.env.GRAYLANE_RECORD ? app.synth() : app.synthYaml()'),
  );
  expect(await project.commit().verify()).toEqual(['output-none cdk8s.yaml']);
});
