/** Releases of the sample as commits of a real repository: at every commit the synthesized YAML is right. */
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { folderWith, graylane, objects, type Ran, sample } from './fixtures';

const REPOSITORY = process.cwd();
const TSX = `${REPOSITORY}/node_modules/.bin/tsx --tsconfig ${REPOSITORY}/tsconfig.json`;

/** One app for each environment, with the images of a file that people edit. */
const MAIN = `
import { readFileSync } from 'node:fs';
import { App, YamlOutputType } from 'cdk8s';
import { Ledger } from 'graylane/cdk8s';
import { EndToEndCanary } from '${REPOSITORY}/examples/end-to-end-canary/sample';

const images = JSON.parse(readFileSync('images.json', 'utf8'));
for (const environment of Object.keys(images)) {
  const app = new App({ outdir: \`dist/\${environment}\`, yamlOutputType: YamlOutputType.FILE_PER_APP });
  new EndToEndCanary(app, { a: { image: images[environment] }, b: { image: 'b:v1' } });
  Ledger.fromFolder(app, 'releases/' + environment);
  app.synth();
}
`;

type Environment = 'staging' | 'production';

class Repository {
  readonly folder: string;

  private constructor(program: string) {
    this.folder = folderWith({
      'cdk8s.yaml': `app: ${TSX} main.ts\n`,
      'main.ts': program,
      'images.json': '',
      '.gitignore': 'node_modules\n',
    });
  }

  static async begun(program = MAIN, environments: Environment[] = ['staging', 'production']): Promise<Repository> {
    const repository = new Repository(program);
    symlinkSync(`${REPOSITORY}/node_modules`, `${repository.folder}/node_modules`);
    repository.git('init', '-q');
    repository.images({ staging: 'a:v1', production: 'a:v1' });
    for (const environment of environments) {
      expect((await repository.graylane(`record --ledger releases/${environment}`)).code).toBe(0);
    }
    repository.commit('the app as it runs');
    return repository;
  }

  images(images: Record<Environment, string>): void {
    writeFileSync(`${this.folder}/images.json`, `${JSON.stringify(images, undefined, 2)}\n`);
  }

  graylane(command: string): Promise<Ran> {
    return graylane(command.split(' '), { folder: this.folder, env: { PATH: process.env.PATH! } });
  }

  /** Moves a ledger, synthesizes, and commits both, as the guide says. */
  async advance(environment: Environment, message: string): Promise<void> {
    const before = this.git('status', '--porcelain', 'dist');
    const { code, err } = await this.graylane(`advance rollout-a --ledger releases/${environment}`);
    expect(code, err).toBe(0);
    // A ledger has moved; nothing has been synthesized by that, for no environment.
    expect(this.git('status', '--porcelain', 'dist')).toBe(before);
    this.commit(message);
  }

  /** The repository as it is, with its YAML. */
  commit(message: string): void {
    this.run(`${TSX} main.ts`);
    this.git('add', '-A');
    this.git('commit', '-qm', message);
  }

  git(...args: string[]): string {
    const config = ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', '-c', 'core.editor=true'];
    return execFileSync('git', [...config, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  }

  private run(command: string): void {
    execFileSync('sh', ['-c', command], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** What stands in an environment at a commit: each Deployment with its image, and the canary Ingress. */
  standing(environment: Environment, commit = 'HEAD'): string[] {
    return objects(this.git('show', `${commit}:dist/${environment}/app.k8s.yaml`)).flatMap(
      ({ kind, metadata, spec }) => {
        if (kind === 'Ingress') return metadata.name!.endsWith('-canary') ? ['route'] : [];
        if (kind !== 'Deployment') return [];
        const { paused, template } = spec as {
          paused?: boolean;
          template: { spec: { containers: { image: string }[] } };
        };
        return [`${metadata.name} ${template.spec.containers[0]!.image}${paused ? ' paused' : ''}`];
      },
    );
  }

  stage(environment: Environment): string | undefined {
    const text = readFileSync(`${this.folder}/releases/${environment}/rollout-a.json`, 'utf8');
    return (JSON.parse(text) as { release?: { stage: string } }).release?.stage;
  }
}

const b = 'spring-cloud-b b:v1';
const STEADY = ['spring-cloud-a a:v1', b];
const AT: Record<string, string[]> = {
  'step-1/canary': ['spring-cloud-a a:v1 paused', 'spring-cloud-a-canary a:v2', b],
  'step-1/route': ['spring-cloud-a a:v1 paused', 'spring-cloud-a-canary a:v2', b, 'route'],
  'promote/stable': ['spring-cloud-a a:v2', 'spring-cloud-a-canary a:v2', b, 'route'],
  'promote/unroute': ['spring-cloud-a a:v2', 'spring-cloud-a-canary a:v2', b],
  'abort/stable': ['spring-cloud-a a:v1', 'spring-cloud-a-canary a:v2', b, 'route'],
  'abort/unroute': ['spring-cloud-a a:v1', 'spring-cloud-a-canary a:v2', b],
};
const DONE = ['spring-cloud-a a:v2', b];
const sorted = (lines: readonly string[]) => [...lines].sort();

test('a whole release, a commit for each stage, while the other environment does not move', async () => {
  const repository = await Repository.begun();
  expect(sorted(repository.standing('staging'))).toEqual(sorted(STEADY));
  repository.images({ staging: 'a:v2', production: 'a:v1' });
  for (const stage of ['step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute']) {
    await repository.advance('staging', stage);
    expect(repository.stage('staging')).toBe(stage);
    expect(sorted(repository.standing('staging'))).toEqual(sorted(AT[stage]!));
    expect(sorted(repository.standing('production'))).toEqual(sorted(STEADY));
  }
  await repository.advance('staging', 'done');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(DONE));

  // The history is the record: every stage is a commit that can be read, and rendered, again.
  const log = repository.git('log', '--format=%s').trim().split('\n');
  expect(log.reverse()).toEqual([
    'the app as it runs',
    'step-1/canary',
    'step-1/route',
    'promote/stable',
    'promote/unroute',
    'done',
  ]);
  expect(sorted(repository.standing('staging', 'HEAD~3'))).toEqual(sorted(AT['step-1/route']!));
  // Each commit touches one ledger, the YAML, and at the beginning the image.
  expect(repository.git('diff', '--name-only', 'HEAD~4', 'HEAD~3').trim().split('\n')).toEqual([
    'dist/staging/app.k8s.yaml',
    'releases/staging/rollout-a.json',
  ]);
});

test('abort by git revert of the image, with the ledger left to advance', async () => {
  const repository = await Repository.begun();
  repository.images({ staging: 'a:v2', production: 'a:v1' });
  await repository.advance('staging', 'new image');
  const image = repository.git('rev-parse', 'HEAD').trim();
  await repository.advance('staging', 'open the route');

  // The later commits moved the ledger on: it stays as it is, and only the image goes back.
  expect(() => repository.git('revert', '--no-commit', image)).toThrow();
  repository.git('checkout', 'HEAD', '--', 'releases', 'dist');
  expect(JSON.parse(readFileSync(`${repository.folder}/images.json`, 'utf8'))).toMatchObject({ staging: 'a:v1' });
  await repository.advance('staging', 'revert the image');
  expect(repository.stage('staging')).toBe('abort/unroute');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(AT['abort/unroute']!));
  await repository.advance('staging', 'back');
  expect(repository.stage('staging')).toBeUndefined();
  expect(sorted(repository.standing('staging'))).toEqual(sorted(STEADY));
});

test('abort by command; meanwhile production releases', async () => {
  const repository = await Repository.begun();
  repository.images({ staging: 'a:v2', production: 'a:v2' });
  // Until its ledger is advanced too, production's template is ahead of it: nothing is synthesized.
  expect((await repository.graylane('advance rollout-a --ledger releases/staging')).code).toBe(0);
  expect(() => repository.commit('production forgotten')).toThrow(/ledger-behind/);
  await repository.advance('production', 'both begin');
  for (const stage of ['step-1/route', 'promote/stable']) await repository.advance('staging', stage);

  expect((await repository.graylane('abort rollout-a --ledger releases/staging')).code).toBe(0);
  repository.commit('abort');
  expect(repository.stage('staging')).toBe('abort/stable');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(AT['abort/stable']!));
  await repository.advance('staging', 'close the route');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(AT['abort/unroute']!));
  expect(sorted(repository.standing('production'))).toEqual(sorted(AT['step-1/canary']!));
});

/** The sample's YAML as a program, delivered by Argo CD, with its image in the file that people edit. */
async function imported(): Promise<string> {
  const { out } = await graylane(['import', ...sample()]);
  const changes: [RegExp, string][] = [
    [/"kruise\/v1beta1"/, '"argocd"'],
    [/"[^"]*spring-cloud-a:v1"/, 'JSON.parse(readFileSync("images.json", "utf8")).staging'],
    [/"[^"]*spring-cloud-b:v1"/, '"b:v1"'],
    [/new App\(\)/, 'new App({ outdir: (process.env.CDK8S_OUTDIR ?? "dist") + "/staging" })'],
    [/app\.synth\(\)/, 'Ledger.fromFolder(app, "releases/staging");\napp.synth()'],
    [/import { CanaryRollout,/, 'import { readFileSync } from "node:fs";\nimport { CanaryRollout, Ledger,'],
  ];
  return changes.reduce((program, [from, to]) => {
    expect(program).toMatch(from);
    return program.replace(from, to);
  }, out);
}

test("delivery: 'argocd': a commit for each gate, and one to clear away", async () => {
  const repository = await Repository.begun(await imported(), ['staging']);
  repository.images({ staging: 'a:v2', production: 'a:v1' });
  const unpaused = (stage: string) => AT[stage]!.map((line) => line.replace(' paused', ''));
  for (const stage of ['step-1/route', 'promote/unroute']) {
    await repository.advance('staging', stage);
    expect(repository.stage('staging')).toBe(stage);
    expect(sorted(repository.standing('staging'))).toEqual(sorted(unpaused(stage)));
  }
  await repository.advance('staging', 'done');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(DONE));

  // Back in one commit too, up to the grace period.
  repository.images({ staging: 'a:v3', production: 'a:v1' });
  await repository.advance('staging', 'v3');
  expect((await repository.graylane('abort rollout-a')).code).toBe(0);
  repository.images({ staging: 'a:v2', production: 'a:v1' });
  repository.commit('back to v2');
  expect(sorted(repository.standing('staging'))).toEqual(
    sorted(['spring-cloud-a a:v2', 'spring-cloud-a-canary a:v3', b]),
  );
  await repository.advance('staging', 'cleared away');
  expect(sorted(repository.standing('staging'))).toEqual(sorted(DONE));
});
