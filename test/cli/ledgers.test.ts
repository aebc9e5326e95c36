import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type AppRecording,
  parseLedger,
  type PodTemplate,
  type Recording,
  revisionOf,
  type Step,
} from '../../lib/core';
import { serverOf } from '../checks/servers';
import { withoutIds } from '../cluster/approvals';
import { folderWith, graylane, type World } from './fixtures';

const template = (image: string, app = 'a'): PodTemplate => ({
  metadata: { labels: { app } },
  spec: { image, token: 's3cret' },
});

/** An app with a rollout of each of these names, `rollout-a` of Deployment `a`, behind one lane. */
function appOf(names: readonly string[], image: string, steps: readonly Step[]): AppRecording {
  const apps = names.map((name) => name.replace('rollout-', ''));
  const port = { number: 80 };
  const rule = (name: string) => ({
    host: name,
    http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port } } }] },
  });
  return {
    declarations: {
      objects: apps.flatMap((app) => [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: app },
          spec: { replicas: 4, selector: { matchLabels: { app } }, template: template(image, app) },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: app },
          spec: { selector: { app }, ports: [{ port: 80 }] },
        },
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: app }, spec: { rules: [rule(app)] } },
      ]),
      lanes: [
        {
          name: 'lane',
          objectRef: [{ service: apps[0]!, ingress: { classType: 'mse', name: apps[0]! } }],
          matches: [{ headers: [{ name: 'x-lane', value: 'gray' }] }],
        },
      ],
      rollouts: names.map((name, i) => ({ name, workloadRef: { name: apps[i]! }, trafficRoutingRef: 'lane', steps })),
    },
    inWaves: [],
  };
}

const ONE: Step[] = [{ replicas: 1 }];

/** A folder with an app that records these rollouts; it needs no synthesis to say so. */
class Project {
  readonly folder = folderWith({
    'cdk8s.yaml': 'app: sh app.sh\n',
    'app.sh': 'echo app speaks; cp declared.json "$GRAYLANE_RECORD"\n',
  });

  declare(image: string, steps = ONE, names = ['rollout-a'], folders = ['releases/test']): this {
    const apps = Object.fromEntries(folders.map((folder) => [folder, appOf(names, image, steps)]));
    writeFileSync(`${this.folder}/declared.json`, JSON.stringify({ version: 2, apps } satisfies Recording));
    return this;
  }

  run(command: string, world: World = {}) {
    return graylane(command.split(' '), { folder: this.folder, env: process.env as Record<string, string>, ...world });
  }

  ledger(name = 'rollout-a', folder = 'releases/test') {
    const file = `${this.folder}/${folder}/${name}.json`;
    return existsSync(file) ? parseLedger(readFileSync(file, 'utf8'), file) : undefined;
  }
}

test('record writes what the app declares, and leaves a ledger that is there', async () => {
  const project = new Project().declare('v1');
  const first = await project.run('record');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^releases\/test\/rollout-a.json: created; no release under way, stable is \w{12}\n/);
  expect(project.ledger()).toMatchObject({ releases: 0, stable: revisionOf(template('v1')) });
  const again = await project.declare('v2').run('record');
  expect(again.out).toMatch(/^releases\/test\/rollout-a.json: unchanged;/);
  expect(project.ledger()!.stable).toBe(revisionOf(template('v1')));
});

test('record --from: what runs is in a file', async () => {
  const project = new Project().declare('v2');
  const running = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { selector: {}, template: template('v1') },
  };
  writeFileSync(`${project.folder}/running.yaml`, JSON.stringify(running));
  expect((await project.run('record --from running.yaml')).code).toBe(0);
  expect(project.ledger()!.stable).toBe(revisionOf(template('v1')));
});

test('record --from-git: what the app declared at a revision', async () => {
  const project = new Project().declare('v1');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: project.folder });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'v1');
  git('tag', 'v1');
  const { err, code } = await project.declare('v2').run('record --from-git v1');
  expect(code, err).toBe(0);
  expect(project.ledger()!.stable).toBe(revisionOf(template('v1')));
  expect(git('worktree', 'list').toString().trim().split('\n')).toHaveLength(1);
  const unknown = await project.run('record --from-git v9');
  expect(unknown.err).toContain('(git-failed)');
});

test('record in CI is frozen: a missing ledger was forgotten', async () => {
  const project = new Project().declare('v1');
  const { code, err } = await project.run('record', { env: { CI: 'true' } });
  expect(code).toBe(1);
  expect(err).toContain('a change of releases/test/rollout-a.json would be written (ledger-frozen)');
  expect(project.ledger()).toBeUndefined();
  await project.run('record');
  expect((await project.run('record', { env: { CI: 'true' } })).code).toBe(0);
});

/** A project at the first stage of a release from v1 to v2. */
async function underWay(steps = ONE): Promise<Project> {
  const project = new Project().declare('v1', steps);
  await project.run('record');
  await project.declare('v2', steps).run('advance rollout-a');
  return project;
}

test('advance walks a release one stage at a time, to its end', async () => {
  const project = await underWay();
  const stages = [project.ledger()!.release?.stage];
  while (project.ledger()!.release !== undefined) {
    const { code, err } = await project.run('advance --by me');
    expect(code, err).toBe(0);
    stages.push(project.ledger()!.release?.stage);
  }
  expect(stages).toEqual(['step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute', undefined]);
  expect(project.ledger()).toMatchObject({ releases: 1, stable: revisionOf(template('v2')) });
  const more = await project.run('advance');
  expect([more.code, more.err.includes('(advance-nothing)')]).toEqual([1, true]);
});

test('advance prints what it changes', async () => {
  const project = await underWay();
  const { out, err } = await project.run('advance rollout-a', { now: '2026-02-03T04:05:06.000Z' });
  expect(out.split('\n')[0]).toMatch(
    /^releases\/test\/rollout-a.json: changed; release 1 to \w{12} is at step-1\/route$/,
  );
  const changed = out.split('\n').filter((line) => /^[-+]/.test(line));
  expect(changed).toEqual([
    '-     "stage": "step-1/canary",',
    '+     "stage": "step-1/route",',
    '-     "canaryReplicas": 1',
    '+     "canaryReplicas": 1,',
    '+     "settledAt": "2026-02-03T04:05:06.000Z"',
  ]);
  // What the app says is not ours.
  expect(err).toContain('app speaks');
  expect(out).not.toContain('app speaks');
});

test('R16 no value of a template is printed', async () => {
  const project = new Project().declare('v1');
  const runs = [await project.run('record')];
  project.declare('v2');
  for (const command of ['advance', 'advance', 'abort']) runs.push(await project.run(command));
  for (const { out, err } of runs) expect(out + err).not.toContain('s3cret');
});

test('advance before the time of a gate is over waits, with a code of its own', async () => {
  const project = await underWay([{ replicas: 1, pause: { duration: 60 } }]);
  await project.run('advance', { now: '2026-01-01T00:00:00.000Z' });
  const early = await project.run('advance', { now: '2026-01-01T00:00:59.000Z' });
  expect([early.code, project.ledger()!.release!.stage]).toEqual([3, 'step-1/route']);
  expect(early.err).toContain('(gate-early)\n  allowed: advancing from 2026-01-01T00:01:00.000Z on');
  const late = await project.run('advance', { now: '2026-01-01T00:01:00.000Z' });
  expect([late.code, project.ledger()!.release!.stage]).toEqual([0, 'promote/stable']);
});

test.each([
  [200, 0, 'promote/stable', ''],
  [404, 3, 'step-1/route', '(check-undecided)'],
  [500, 5, 'step-1/route', '(check-broken)'],
])('advance asks the checks of its gate: a reply of %i', async (status, code, stage, says) => {
  let asked = 0;
  const url = await serverOf((_, response) => {
    asked++;
    response.writeHead(status).end();
  });
  const http = { url, expect: { status: 200 }, broken: { status: 500 } };
  const project = await underWay([{ replicas: 1, checks: [{ name: 'smoke', http }] }]);
  await project.run('advance');
  expect(asked).toBe(0);
  const ran = await project.run('advance');
  expect([ran.code, project.ledger()!.release!.stage, asked]).toEqual([code, stage, 1]);
  expect(ran.err).toContain(says);
  if (code === 5) expect((await project.run('abort')).code).toBe(0);
});

test('advance --to goes to a step, and only to one that there is', async () => {
  const project = await underWay([{ replicas: 1 }, { replicas: 2 }, { replicas: 3 }]);
  expect((await project.run('advance --to step-3')).code).toBe(0);
  expect(project.ledger()!.release!.stage).toBe('step-3/canary');
  expect((await project.run('advance --to 9')).err).toContain('(step-unknown)');
  expect((await project.run('advance --to promote/stable')).code).toBe(2);
});

test('abort sends the release back, whatever the app declares', async () => {
  const project = await underWay();
  await project.run('advance');
  expect((await project.run('abort rollout-a')).code).toBe(0);
  expect(project.ledger()!.release).toMatchObject({ stage: 'abort/unroute', abortedAt: 'step-1/route' });
  await project.run('advance');
  expect(project.ledger()).toMatchObject({ releases: 1, stable: revisionOf(template('v1')) });
  expect(project.ledger()!.release).toBeUndefined();
  const again = await project.run('abort rollout-a');
  expect([again.code, again.err.includes('(advance-nothing)')]).toEqual([1, true]);
});

describe('abort needs no ledger but its own', () => {
  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['no JSON', (file: string) => writeFileSync(file, '<<<<<<< ours')],
    ['of a later version', (file: string) => writeFileSync(file, '{"version": 99}')],
  ])("another's is %s", async (_, damage) => {
    const both = ['rollout-a', 'rollout-b'];
    const project = new Project().declare('v1', ONE, both);
    await project.run('record');
    await project.declare('v2', ONE, both).run('advance rollout-a');
    damage(`${project.folder}/releases/test/rollout-b.json`);
    const { code, err } = await project.run('abort rollout-a');
    expect(code, err).toBe(0);
    expect(project.ledger()!.release).toBeUndefined();
  });

  test('without a name it goes back with those that are under way', async () => {
    const both = ['rollout-a', 'rollout-b'];
    const project = await underWay();
    expect((await project.declare('v2', ONE, both).run('abort')).code).toBe(0);
    expect(project.ledger()!.release).toBeUndefined();
  });
});

test('--frozen writes nothing', async () => {
  const project = await underWay();
  for (const command of ['advance rollout-a --frozen', 'abort rollout-a --frozen']) {
    const { code, err, out } = await project.run(command);
    expect([code, err.includes('(ledger-frozen)')]).toEqual([1, true]);
    expect(out).toMatch(/^- /m);
    expect(project.ledger()!.release!.stage).toBe('step-1/canary');
  }
});

test('several rollouts and several folders: what is meant must be said', async () => {
  const both = ['rollout-a', 'rollout-b'];
  const folders = ['releases/test', 'releases/production'];
  const project = new Project().declare('v1', ONE, both, folders);
  for (const folder of folders) await project.run(`record --ledger ${folder}`);
  project.declare('v2', ONE, both, folders);
  for (const command of ['advance rollout-a', 'abort rollout-a', 'record --from-git HEAD']) {
    const unsaid = await project.run(command);
    expect(unsaid.err).toContain('(ledger-folder)\n  allowed: releases/test, releases/production');
  }
  const ambiguous = await project.run('advance --ledger releases/production');
  expect(ambiguous.err).toContain('(rollout-ambiguous)\n  allowed: rollout-a, rollout-b');
  expect((await project.run('advance rollout-c --ledger releases/test')).err).toContain('(rollout-not-found)');
  expect((await project.run('advance rollout-a rollout-b --ledger ./releases/production/')).code).toBe(0);
  expect(both.map((name) => project.ledger(name, 'releases/production')!.release?.stage)).toEqual([
    'step-1/canary',
    'step-1/canary',
  ]);
  expect(project.ledger('rollout-a', 'releases/test')!.release).toBeUndefined();
});

test('record does all folders at once: every environment of an app, or none', async () => {
  const folders = ['releases/test', 'releases/production'];
  const project = new Project().declare('v1', ONE, ['rollout-a'], folders);
  const frozen = await project.run('record --frozen');
  expect(frozen.err).toContain(
    'a change of releases/test/rollout-a.json, releases/production/rollout-a.json would be written (ledger-frozen)',
  );
  expect(folders.map((folder) => project.ledger('rollout-a', folder))).toEqual([undefined, undefined]);
  expect((await project.run('record')).code).toBe(0);
  expect(folders.map((folder) => project.ledger('rollout-a', folder)?.releases)).toEqual([0, 0]);
  expect((await project.run('record --frozen')).code).toBe(0);
});

test('a template that is another one on every run is found before it begins a release', async () => {
  const project = new Project().declare('v1');
  await project.run('record');
  writeFileSync(
    `${project.folder}/app.sh`,
    `hash=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \\n')
     sed "s/\\"image\\":\\"v1\\"/\\"image\\":\\"$hash\\"/" declared.json > "$GRAYLANE_RECORD"`,
  );
  for (const command of ['advance', 'record']) {
    expect((await project.run(command)).err).toContain('a change on every synth of spec.image');
  }
  expect(project.ledger()!.release).toBeUndefined();
});

test.each([
  ['no cdk8s.yaml', { 'cdk8s.yaml': undefined }, 'error: cdk8s.yaml is missing (app-missing)'],
  [
    'a cdk8s.yaml without app',
    { 'cdk8s.yaml': 'language: typescript' },
    'error: cdk8s.yaml: app is missing (app-missing)',
  ],
  [
    'an app that fails',
    { 'app.sh': 'echo oh >&2; exit 3' },
    'oh\nerror: cdk8s.yaml: `sh app.sh` ended with 3 (app-failed)',
  ],
  ['an app without ledgers', { 'app.sh': '' }, 'error: cdk8s.yaml: sh app.sh reads no ledgers (app-silent)'],
])('%s', async (_, files, message) => {
  const project = new Project().declare('v1');
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) rmSync(`${project.folder}/${name}`);
    else writeFileSync(`${project.folder}/${name}`, text);
  }
  const { code, err } = await project.run('record');
  expect(err).toContain(message);
  expect(code).toBe(1);
});

describe('a job that runs twice', () => {
  const twice = async (project: Project, command: string) => {
    const ran = [await project.run(command), await project.run(command)];
    expect(ran.map(({ code }) => code)).toEqual([0, 0]);
    expect(ran[1]!.out).toContain(': unchanged;');
    return project.ledger()!.release?.stage;
  };

  /** What names its release. */
  const release = (project: Project) => `rollout-a#1-${project.ledger()!.release!.id}`;

  test.each([
    ['step-1/canary', () => 'step-1/canary'],
    ['RELEASE/step-1/canary', (project: Project) => `${release(project)}/step-1/canary`],
  ])('--from %s', async (_, from) => {
    const project = await underWay();
    expect(await twice(project, `advance rollout-a --from ${from(project)}`)).toBe('step-1/route');
  });

  test('a release that is named by its number alone is refused, with what to write instead', async () => {
    const project = await underWay();
    const instead = (err: string) => /write (\S+) if you mean/.exec(err)![1]!;
    const from = await project.run('advance rollout-a --from rollout-a#1/step-1/canary');
    expect([from.code, project.ledger()!.release!.stage]).toEqual([1, 'step-1/canary']);
    expect((await project.run(`advance rollout-a --from ${instead(from.err)}`)).code).toBe(0);
    const gate = await project.run('advance --approve rollout-a#1/step-1');
    expect([gate.code, project.ledger()!.release!.stage]).toEqual([1, 'step-1/route']);
    expect((await project.run(`advance --approve ${instead(gate.err)}`)).code).toBe(0);
    expect(project.ledger()!.release!.stage).toBe('promote/stable');
    const over = await project.run('advance --approve rollout-a#7/step-1');
    expect(over.err).toContain('take it away: release 7 is not under way.');
  });

  test('--from start begins one release', async () => {
    const project = new Project().declare('v1');
    await project.run('record');
    expect(await twice(project.declare('v2'), 'advance rollout-a --from start')).toBe('step-1/canary');
  });

  test('--approve names the rollout, too', async () => {
    const project = await underWay();
    await project.run('advance');
    expect(await twice(project, `advance --approve ${release(project)}/step-1 --by ann`)).toBe('promote/stable');
    expect(project.ledger()!.release!.approved).toMatchObject([{ step: 1, by: 'ann' }]);
  });

  test.each(['--from promote/stable', '--approve RELEASE/step-1', '--approve rollout-a#2-5f0c1e9ab3d2/step-1'])(
    'too early, it waits: %s',
    async (options) => {
      const project = await underWay();
      const early = await project.run(`advance rollout-a ${options.replace('RELEASE', release(project))}`);
      expect([early.code, project.ledger()!.release!.stage]).toEqual([3, 'step-1/canary']);
      expect(early.err).toContain('(stage-ahead)');
    },
  );

  test.each([
    ['--from step-1', 2],
    ['--approve rollout-a', 2],
    ['--approve rollout-a#1-5f0c1e9ab3d2/step-1 --to 1', 2],
    ['--approve rollout-a#1-5f0c1e9ab3d2/step-1 --from step-1/route', 1],
    ['--approve rollout-z#1-5f0c1e9ab3d2/step-1', 1],
  ])('%s is an error', async (options, code) => {
    const project = await underWay();
    expect((await project.run(`advance rollout-a ${options}`)).code).toBe(code);
    expect(project.ledger()!.release!.stage).toBe('step-1/canary');
  });
});

describe('several rollouts', () => {
  const both = ['rollout-a', 'rollout-b'];
  const stages = (project: Project) => both.map((name) => project.ledger(name)!.release?.stage);

  async function changed(): Promise<Project> {
    const project = new Project().declare('v1', ONE, both);
    await project.run('record');
    return project.declare('v2', ONE, both);
  }

  test('--all moves those that have something to do', async () => {
    const project = await changed();
    await project.run('advance --all');
    expect(stages(project)).toEqual(['step-1/canary', 'step-1/canary']);
    await project.run('abort rollout-a');
    expect((await project.run('advance --all')).out).not.toContain('rollout-a.json');
    expect(stages(project)).toEqual([undefined, 'step-1/route']);
  });

  test('--all with nothing to do is no error: there is nothing to move', async () => {
    const project = new Project().declare('v1', ONE, both);
    await project.run('record');
    expect(await project.run('advance --all')).toMatchObject({ code: 0, out: '' });
  });

  test('what is wrong with each of them is told at once, and none is moved', async () => {
    const project = await changed();
    await project.run('advance --all');
    const { err, code } = await project.run('advance --all --to 7');
    expect(code).toBe(1);
    expect(err.match(/rollout-[ab]: to: there is no way to step 7/g)).toHaveLength(2);
    expect(stages(project)).toEqual(['step-1/canary', 'step-1/canary']);
  });
});

describe('after an abort', () => {
  async function aborted(): Promise<Project> {
    const project = await underWay();
    await project.run('abort rollout-a');
    expect(project.ledger()!.release).toBeUndefined();
    return project;
  }

  test('the same template is not released again unless it is said', async () => {
    const project = await aborted();
    const plain = await project.run('advance rollout-a');
    expect([plain.code, plain.err.includes('(advance-aborted)')]).toEqual([1, true]);
    expect((await project.run('advance')).err).toContain('(advance-nothing)');
    expect((await project.run('advance rollout-a --again')).code).toBe(0);
    expect(project.ledger()!.release).toMatchObject({ number: 2, stage: 'step-1/canary' });
  });

  test('another template is released, from the last stage of the way back, too', async () => {
    const project = await underWay();
    await project.run('advance');
    await project.declare('v3').run('advance');
    expect(project.ledger()!.release!.stage).toBe('abort/unroute');
    await project.run('advance');
    expect(project.ledger()!.release).toMatchObject({ number: 2, stage: 'step-1/canary' });
  });
});

describe('status of an app with ledgers', () => {
  const status = async (project: Project, command = 'status') => (await project.run(command)).out;

  test('tells where each release stands, what must hold, what shows it, and what comes next', async () => {
    const project = new Project().declare('v1');
    await project.run('record');
    expect(await status(project)).toMatch(/^releases\/test\n {2}rollout-a {2}stable, stable is \w{12}\n$/);
    project.declare('v2');
    expect(await status(project)).toContain('next: npx graylane advance rollout-a --from start\n');
    await project.run('advance');
    const { revision } = { revision: revisionOf(template('v2')) };
    expect(withoutIds(await status(project))).toBe(
      `releases/test
  rollout-a  release 1 to ${revision}: step-1/canary
    before the next commit: Deployment a-canary ready at ${revision}
      $ kubectl rollout status deployment/a-canary
    next: npx graylane advance rollout-a --from rollout-a#1/step-1/canary
`,
    );
    await project.run('advance');
    const atGate = await project.run('status');
    expect(atGate.code).toBe(3);
    expect(withoutIds(atGate.out)).toContain('approval of step 1: rollout-a#1/step-1\n');
    expect(withoutIds(atGate.out)).toContain('next: npx graylane advance --approve rollout-a#1/step-1\n');
  });

  test('ends as `advance` does, and its next command is taken word for word, to the end', async () => {
    const project = await underWay([{ replicas: 1 }, { replicas: 2, pause: { duration: 0 } }, { replicas: 3 }]);
    for (let moves = 0; project.ledger()!.release !== undefined; moves++) {
      expect(moves).toBeLessThan(20);
      const { rollouts } = JSON.parse(await status(project, 'status -o json')) as { rollouts: { next: string }[] };
      const moved = await project.run(rollouts[0]!.next.replace(/^graylane /, ''));
      expect(moved.code, moved.err).toBe(0);
      const told = await status(project);
      for (const line of moved.out.split('\n').filter((text) => /^(next|before)/.test(text))) {
        expect(told).toContain(line);
      }
    }
    expect(project.ledger()!.stable).toBe(revisionOf(template('v2')));
  });

  test('of a timed gate says until when', async () => {
    const project = await underWay([{ replicas: 1, pause: { duration: 60 } }]);
    await project.run('advance', { now: '2026-01-01T00:00:00.000Z' });
    expect(await status(project)).toContain('step-1/route  waits until 2026-01-01T00:01:00.000Z');
  });

  test('says what the code declares beside the ledger', async () => {
    const project = await underWay();
    expect(await status(project.declare('v3'))).toContain('the next commit is on the way back');
    await project.declare('v2').run('abort rollout-a');
    expect(await status(project)).toContain('stable stays until another template is declared');
    expect(await status(project)).not.toContain('next:');
  });

  test('of several folders names the one that is meant', async () => {
    const folders = ['releases/test', 'releases/production'];
    const project = new Project().declare('v1', ONE, ['rollout-a'], folders);
    await project.run('record');
    project.declare('v2', ONE, ['rollout-a'], folders);
    expect(await status(project)).toContain(
      'next: npx graylane advance rollout-a --from start --ledger releases/production\n',
    );
    const one = await status(project, 'status --ledger releases/production');
    expect(one).not.toContain('releases/test');
  });

  test('without ledgers, or with an option of the cluster, it is of the cluster', async () => {
    const project = new Project().declare('v1');
    vi.stubEnv('KUBECONFIG', '/no/such/file');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await project.run('status -n shop')).err).toContain('(unreachable)');
    writeFileSync(`${project.folder}/app.sh`, '');
    expect((await project.run('status')).err).toContain('(unreachable)');
    expect((await project.run('status --ledger')).err).toContain('(app-silent)');
  });
});

describe('plan of an app with ledgers', () => {
  test('tells the release from what the ledger says is stable', async () => {
    const project = new Project().declare('v1');
    await project.run('record');
    const { code, out, err } = await project.declare('v2').run('plan');
    expect(code, err).toBe(0);
    expect(out).toContain('releases/test: rollout-a: Deployment a, lane lane, by mse\n');
    expect(out).toContain('v1 -> v2, not paused, image');
  });

  test('is the data of `plan -f`, with the folder', async () => {
    const project = await underWay();
    const { rollouts } = JSON.parse((await project.run('plan -o json')).out) as { rollouts: object[] };
    expect(rollouts).toMatchObject([{ folder: 'releases/test', rollout: 'rollout-a', gateways: ['mse'] }]);
  });

  test('takes no options that are about files', async () => {
    const project = await underWay();
    const { err } = await project.run('plan --stable running.yaml');
    expect(err).toContain('--stable: running.yaml is given without -f (option-of-files)');
  });
});
