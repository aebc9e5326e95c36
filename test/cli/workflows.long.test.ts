/** The workflows as `graylane init` writes them, played in a project of `cdk8s init`: what each commit makes stand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approvalOf } from '../cluster/approvals';
import { type Cdk8sProject, cdk8sProject } from './cdk8s-project';
import { program, type Setting, settings } from './cdk8s-settings';
import { objects } from './fixtures';
import { GitHub, type RunOptions, workflowIn } from './github';

const own = mkdtempSync(join(tmpdir(), 'graylane-'));
let project: Cdk8sProject;

beforeAll(() => {
  project = cdk8sProject(own);
});
afterAll(() => rmSync(own, { recursive: true }));

/** The template's program, with a chart that says something; for each environment, if there are several. */
const typescript = (plus: string, steps: string, environments: readonly string[]) => `
import { App, Chart } from 'cdk8s';
import { Deployment, Ingress, IngressBackend } from '${plus}';
import { CanaryRollout, Ledger, TrafficRoutingLane } from 'graylane/cdk8s';

function shop(app: App, image: string, ledgers: string): void {
  const chart = new Chart(app, 'shop');
  const workload = new Deployment(chart, 'web', {
    metadata: { name: 'web' },
    replicas: 3,
    containers: [{ image, portNumber: 8080 }],
  });
  const service = workload.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080 }] });
  const gateway = new Ingress(chart, 'gateway', { className: 'mse' });
  gateway.addRule('/', IngressBackend.fromService(service));
  const lane = new TrafficRoutingLane(chart, 'lane', {
    objectRef: { service, ingress: { classType: 'mse', name: gateway } },
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
  });
  new CanaryRollout(chart, 'rollout-a', { workload, lane, steps: ${steps} });
  Ledger.fromFolder(app, ledgers);
  app.synth();
}

${environments.length === 0 ? "shop(new App(), 'web:v1', 'releases');" : ''}
${environments.map((one) => `shop(new App({ outdir: 'dist/${one}' }), 'web:v1', 'releases/${one}');`).join('\n')}
`;

/** An app as its repository has it. */
interface Source {
  readonly files: Readonly<Record<string, string>>;
  /** What has the images; the first is that of the environment that releases. */
  readonly images: string;
  readonly environments: readonly string[];
}

function templateApp(steps = '[{ replicas: 1, pause: {} }]', environments: readonly string[] = []): Source {
  return { files: { 'main.ts': typescript(project.plus, steps, environments) }, images: 'main.ts', environments };
}

function appIn(setting: Setting): Source {
  const { module, environments } = setting;
  const images = Object.fromEntries(environments.map((one) => [one, 'web:v1']));
  const files = {
    [`main.${module}`]: program(setting, project.plus),
    'cdk8s.yaml': `language: typescript\napp: node main.${module}\n`,
    'images.json': JSON.stringify(images),
  };
  return { files, images: 'images.json', environments };
}

/** The cluster is seen, and Flux applies. */
const SEEN = { vars: { GRAYLANE_APPLIED: 'flux reconcile kustomization shop' }, secrets: { KUBECONFIG: 'a: b' } };

class Shop {
  readonly github = new GitHub(project.packages);

  /** A project of cdk8s init that was set up as the guide says. */
  constructor(private readonly source = templateApp()) {
    const folder = this.github.clone();
    project.write(folder);
    for (const [name, text] of Object.entries(source.files)) writeFileSync(join(folder, name), text);
    const ledgers = source.environments.map((one) => ` releases/${one}`).join('');
    const init = `npx graylane init${ledgers && ` --ledger${ledgers}`}`;
    this.github.shell(folder, `${init} && npx graylane record && npx cdk8s synth`);
    this.publish(folder, 'set up');
  }

  /** What a pull request does, looked at by its workflow before it is merged. */
  merge(message: string, ...commands: string[]): void {
    const folder = this.github.clone();
    for (const command of [...commands, 'npx cdk8s synth']) this.github.shell(folder, command);
    this.publish(folder, message);
    this.github.run(workflowIn(join(folder, '.github/workflows/graylane-check.yml')));
  }

  /** A pull request that begins the release of another image, in the first environment. */
  image(tag: string): void {
    const { images, environments } = this.source;
    const ledger = environments.length > 0 ? ` --ledger releases/${environments[0]}` : '';
    const declare = `sed -i '0,/web:v[0-9]*/s//web:${tag}/' ${images}`;
    this.merge(tag, declare, `npx graylane advance rollout-a${ledger}`);
  }

  private publish(folder: string, message: string): void {
    this.github.shell(folder, `git add -A && git commit -qm "${message}" && git push -q origin HEAD:main`);
  }

  /** @param of the environment, where there are several */
  run(options: RunOptions = SEEN, of?: string) {
    const folder = this.github.clone();
    const file = `graylane-release${of === undefined ? '' : `-${of}`}.yml`;
    return this.github.run(workflowIn(join(folder, '.github/workflows', file)), options);
  }

  /** Messages of the commits since a number of them. */
  commits(after = 0): string[] {
    return this.github
      .git(this.github.origin, 'log', '--reverse', '--format=%s', 'main')
      .trim()
      .split('\n')
      .slice(after);
  }

  /** What stands at each commit, the newest last: each Deployment with its image, and the route. */
  standings(after: number): string[] {
    const hashes = this.github.git(this.github.origin, 'log', '--reverse', '--format=%h', 'main').trim().split('\n');
    return hashes.slice(after).map((hash) => this.standing(hash));
  }

  standing(commit: string, folder = 'dist'): string {
    const git = (...args: string[]) => this.github.git(this.github.origin, ...args);
    const files = git('ls-tree', '-r', '--name-only', commit, folder).trim().split('\n');
    return files
      .flatMap((file) => objects(git('show', `${commit}:${file}`)))
      .filter(({ kind, metadata }) => kind === 'Ingress' || metadata.name!.startsWith('web'))
      .flatMap(({ kind, metadata, spec }) => {
        if (kind === 'Ingress') return metadata.name!.endsWith('-canary') ? ['route'] : [];
        if (kind !== 'Deployment') return [];
        const { paused, template } = spec as {
          paused?: boolean;
          template: { spec: { containers: { image: string }[] } };
        };
        const image = template.spec.containers[0]!.image.replace('web:', '');
        return [`${metadata.name!.includes('canary') ? 'canary' : 'stable'} ${image}${paused ? ' paused' : ''}`];
      })
      .sort()
      .join(', ');
  }
}

const CANARY = 'canary v2, stable v1 paused';
const ROUTE = 'canary v2, route, stable v1 paused';
const STABLE = 'canary v2, route, stable v2';
const UNROUTE = 'canary v2, stable v2';

test('a release: merged at its first stage, approved once, and over', () => {
  const shop = new Shop();
  shop.image('v2');
  // The canary is not ready at the first look, and somebody pushes while the job waits.
  shop.github.on('kubectl', 'exit 1');
  shop.github.on(
    'sleep',
    `cd "$(mktemp -d)"; git clone -q ${shop.github.origin} .; git commit -q --allow-empty -m beside; git push -q`,
  );
  const first = shop.run({ ...SEEN, approved: false });
  expect(first.canary!.outputs).toEqual({ gates: approvalOf('rollout-a#1/step-1') });
  expect(Object.keys(first)).toEqual(['canary']);
  expect(shop.commits(1)).toEqual(['v2', 'beside', 'rollout-a: step-1/route']);
  expect(shop.standings(1)).toEqual([CANARY, CANARY, ROUTE]);
  const looks = shop.github.calls().filter((call) => call.startsWith('kubectl rollout'));
  expect(new Set(looks)).toEqual(new Set(['kubectl rollout status deployment/web-canary']));
  expect(looks.length).toBeGreaterThan(1);

  // A job that runs again does nothing, and asks for the same approval; with it the release comes to its end.
  const second = shop.run();
  expect(Object.keys(second)).toEqual(['canary', 'promote']);
  const rest = ['rollout-a: promote/stable', 'rollout-a: promote/unroute', 'rollout-a: stable'];
  expect(shop.commits(4)).toEqual(rest);
  expect(shop.standings(4)).toEqual([STABLE, UNROUTE, 'stable v2']);
  const calls = shop.github.calls();
  expect(calls).toContain('kubectl rollout status deployment/web');
  expect(calls.filter((call) => call.startsWith('flux'))).toHaveLength(3);
  expect(calls.filter((call) => call.startsWith('gh'))).toEqual([]);

  expect(Object.keys(shop.run())).toEqual(['canary']);
  expect(shop.commits()).toHaveLength(7);
});

test('several gates: each asks for an approval of its own, in a run of its own', () => {
  const shop = new Shop(templateApp('[{ replicas: 1, pause: {} }, { replicas: 2, pause: {} }]'));
  shop.image('v2');
  shop.run();
  // The lane's route stays as it is: the second step has only its canary, and the gate.
  expect(shop.commits(1)).toEqual(['v2', 'rollout-a: step-1/route', 'rollout-a: step-2/canary']);
  expect(shop.github.calls()).toContain('gh workflow run graylane release --ref main -f action=continue');
  shop.github.on('kubectl', 'exit 1');
  const next = shop.run({ ...SEEN, inputs: { action: 'continue' }, approved: false });
  expect(next.canary!.outputs).toEqual({ gates: approvalOf('rollout-a#1/step-2') });
  // Nobody is asked before there is something to look at.
  expect(shop.github.calls()).toContain('sleep 5');
  expect(shop.commits()).toHaveLength(4);
});

test('abort: back to stable from wherever it is, whatever waits for an approval', () => {
  const shop = new Shop();
  shop.image('v2');
  shop.run({ ...SEEN, approved: false });
  shop.run({ ...SEEN, inputs: { action: 'abort', rollouts: 'rollout-a' } });
  expect(shop.commits(3)).toEqual(['rollout-a: abort/unroute', 'rollout-a: stable']);
  expect(shop.standings(3)).toEqual(['canary v2, stable v1', 'stable v1']);
  // The code still says v2: nothing begins by itself.
  expect(Object.keys(shop.run())).toEqual(['canary']);
  expect(shop.commits()).toHaveLength(5);
  shop.image('v3');
  expect(shop.standings(5)).toEqual(['canary v3, stable v1 paused']);
});

test('where nothing tells that a commit is applied, somebody says that a stage has settled', () => {
  const shop = new Shop();
  shop.image('v2');
  expect(shop.run({}).canary!.log).toContain('::notice::Look at the cluster');
  expect(shop.commits(1)).toEqual(['v2']);
  shop.run({ inputs: { action: 'settled' }, approved: false });
  expect(shop.commits(1)).toEqual(['v2', 'rollout-a: step-1/route']);
  // Its gate is for the reviewers to pass.
  shop.run({ inputs: { action: 'settled' }, approved: false });
  expect(shop.commits(1)).toHaveLength(2);
  expect(shop.github.calls()).toEqual([]);
});

test('a timed gate: too early ends the run, a later one goes on without an approval', () => {
  const shop = new Shop(templateApp('[{ replicas: 1, pause: { duration: 600 } }]'));
  shop.image('v2');
  const early = shop.run();
  expect(early.canary!.log).toContain('::notice::The time of a gate is not over.');
  expect(Object.keys(early)).toEqual(['canary']);
  expect(shop.commits(1)).toEqual(['v2', 'rollout-a: step-1/route']);
  expect(Object.keys(shop.run({ ...SEEN, ahead: 3600 }))).toEqual(['canary']);
  expect(shop.standings(3)).toEqual([STABLE, UNROUTE, 'stable v2']);
});

test('several environments: each has a workflow, an approval and a pace of its own', () => {
  const shop = new Shop(templateApp(undefined, ['staging', 'production']));
  shop.image('v2');
  expect(shop.run({ ...SEEN, approved: false }, 'staging').canary!.outputs).toEqual({
    gates: approvalOf('rollout-a#1/step-1'),
  });
  expect(Object.keys(shop.run(SEEN, 'production'))).toEqual(['canary']);
  expect(shop.commits(1)).toEqual(['v2', 'rollout-a: step-1/route']);
  shop.run(SEEN, 'staging');
  expect(shop.commits(3)).toEqual(['promote/stable', 'promote/unroute', 'stable'].map((at) => `rollout-a: ${at}`));
  expect(shop.standing('main', 'dist/staging')).toBe('stable v2');
  expect(shop.standing('main', 'dist/production')).toBe('stable v1');
});

test('a pull request whose YAML is not what its ledger says is red', () => {
  const shop = new Shop();
  expect(() =>
    shop.merge('by hand', 'npx cdk8s synth', 'sed -i "s/replicas: 3/replicas: 4/" main.ts', 'true'),
  ).not.toThrow();
  const folder = shop.github.clone();
  shop.github.shell(
    folder,
    'sed -i "s/replicas: 4/replicas: 5/" dist/shop.k8s.yaml && git commit -qam x && git push -q',
  );
  const check = workflowIn(join(folder, '.github/workflows/graylane-check.yml'));
  expect(() => shop.github.run(check)).toThrow(/dist\/shop.k8s.yaml: its content is not the app's output/);
});

describe.each(settings)('$type, $module, $environments', (setting) => {
  const { environments } = setting;
  const [released, ...others] = environments as [string, ...string[]];
  const folder = others.length > 0 ? `dist/${released}` : 'dist';

  test('a release to its end, and one that is aborted', () => {
    const shop = new Shop(appIn(setting));
    const standing = () => shop.standing('main', folder);
    shop.image('v2');
    expect(standing()).toBe(CANARY);
    expect(Object.keys(shop.run({ ...SEEN, approved: false }, released))).toEqual(['canary']);
    expect(standing()).toBe(ROUTE);
    shop.run(SEEN, released);
    expect(standing()).toBe('stable v2');
    shop.image('v3');
    shop.run({ ...SEEN, inputs: { action: 'abort', rollouts: 'rollout-a' } }, released);
    expect(standing()).toBe('stable v2');
    for (const other of others) expect(shop.standing('main', `dist/${other}`)).toBe('stable v1');
    const stages = ['step-1/route', 'promote/stable', 'promote/unroute', 'stable'];
    const moves = stages.map((at) => `rollout-a: ${at}`);
    expect(shop.commits(1)).toEqual(['v2', ...moves, 'v3', 'rollout-a: stable']);
  });
});
