/** A workload under another name is none of another release: no revision without a gate, and no old one without a word. */
import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { ApiObject, type App, Chart } from 'cdk8s';
import { CanaryRollout, Ledger } from 'graylane/cdk8s';
import { ledgerFile, writeLedger } from 'graylane/ledger';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { GraylaneError, newLedger } from '../../lib/core';
import { Environment, record } from '../cdk8s/environment';
import { newApp } from '../cdk8s/fixtures';
import { folderWith, graylane, type Ran } from '../cli/fixtures';
import { deployment } from '../cluster/app';

/** What the code says. */
interface Code {
  readonly rollout: string;
  readonly workload: string;
  readonly image: string;
  /** Label of its pods. */
  readonly app: string;
}

const web: Code = { rollout: 'web', workload: 'web', image: 'example.com:5000/shop/web:v1', app: 'web' };
const v2 = 'example.com:5000/shop/web:v2';

function deploymentOf({ workload, app, image }: Code) {
  const template = { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }] } };
  return deployment(workload, { spec: { selector: { matchLabels: { app } }, template } });
}

function build(codes: readonly Code[]): App {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  for (const code of codes) {
    const workload = new ApiObject(chart, `Deployment-${code.workload}`, deploymentOf(code));
    new CanaryRollout(chart, code.rollout, { workload, steps: [{ replicas: 1 }] });
  }
  return app;
}

/** An environment in which web is recorded. */
function recorded(): Environment<readonly Code[]> {
  const made = new Environment<readonly Code[]>(build);
  made.begin([web]);
  return made;
}

/** Runs a command in a folder in which the code says this. */
async function run(made: Environment<readonly Code[]>, codes: readonly Code[], command: string): Promise<Ran> {
  const app = build(codes);
  Ledger.fromFolder(app, made.folder);
  const recording = JSON.stringify({ version: 2, apps: { [made.folder]: record(app).apps[made.folder] } });
  const files = { 'declared.json': recording, 'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n' };
  return graylane(command.split(' '), { folder: folderWith(files), env: process.env as Record<string, string> });
}

function errorOf(work: () => unknown): GraylaneError {
  try {
    work();
  } catch (error) {
    if (error instanceof GraylaneError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const renamedWorkloads: readonly [string, Code][] = [
  ['with a new image', { ...web, workload: 'shop', image: v2 }],
  ['with the same image', { ...web, workload: 'shop' }],
  ['with a new image and other labels', { ...web, workload: 'shop', image: v2, app: 'shop' }],
];

describe.each(renamedWorkloads)('a renamed Deployment of the same rollout, %s', (_, code) => {
  test('is refused by every door of an app with ledgers, and moves nothing', async () => {
    const made = recorded();
    const { problems } = errorOf(() => made.synth([code]));
    expect(problems).toMatchObject([{ code: 'workload-renamed', subject: ['shop/web'], given: 'shop, and was web' }]);
    expect(errorOf(() => made.advance('web', [code])).code).toBe('workload-renamed');
    for (const command of ['advance web', 'plan']) {
      const { code: ended, err } = await run(made, [code], command);
      expect([command, ended, err]).toEqual([
        command,
        1,
        expect.stringMatching(/shop, and was web \(workload-renamed\)/),
      ]);
    }
    expect(made.stage('web')).toBe('steady');
  });

  test('is refused in mid-release, and the way back leads on under the old name', () => {
    const made = recorded();
    const target = { ...web, image: v2 };
    made.advance('web', [target]);
    for (const door of [() => made.synth([code]), () => made.advance('web', [code])])
      expect(errorOf(door).code).toBe('workload-renamed');
    made.abort('web', [target]);
    made.synth([web]);
  });
});

const renamedBoth: readonly [string, Code][] = [
  ['with a new image', { ...web, rollout: 'shop', workload: 'shop', image: v2 }],
  ['with a digest', { ...web, rollout: 'shop', workload: 'shop', image: 'example.com:5000/shop/web@sha256:0a' }],
  ['with other labels', { ...web, rollout: 'shop', workload: 'shop', app: 'shop', image: v2 }],
  ['with other images', { ...web, rollout: 'shop', workload: 'shop', image: 'example.com/other:v2' }],
];

describe.each(renamedBoth)('a Deployment and its rollout under other names, %s', (_, code) => {
  test('are refused, and nothing is recorded', async () => {
    const made = recorded();
    expect(errorOf(() => made.synth([code])).problems).toMatchObject([
      { code: 'ledger-left', subject: ['shop/shop'], path: ledgerFile(made.folder, 'web'), given: 'Deployment web' },
    ]);
    for (const command of ['record', 'plan', 'advance', 'status']) {
      const { code: ended, err } = await run(made, [code], command);
      expect([command, ended, err]).toEqual([
        command,
        1,
        expect.stringMatching(/Deployment web, and its rollout is gone \(ledger-left\)/),
      ]);
    }
    expect(readdirSync(made.folder)).toEqual(['web.json']);
  });

  test('are recorded where that is meant, with a word on what is left', async () => {
    const made = recorded();
    const { code: ended, err } = await run(made, [code], 'record shop');
    expect([ended, err]).toEqual([
      0,
      expect.stringMatching(/web\.json: Deployment web is declared no longer; if its pods/),
    ]);
    made.synth([code]);
  });
});

describe('what is no rename', () => {
  const shop: Code = { rollout: 'shop', workload: 'shop', image: v2, app: 'shop' };

  test.each<[string, readonly Code[]]>([
    ['beside the one that stays', [web, shop]],
    ['of other images', [{ ...shop, image: 'example.com:5000/shop/web-admin:v2' }]],
  ])('a new Deployment %s is recorded without a word', async (_, codes) => {
    const made = recorded();
    expect(await run(made, codes, 'record')).toMatchObject({ code: 0, err: '' });
    made.synth(codes);
  });

  test('a Deployment and its rollout under other names, as they ran: recorded, with a word on the old one', async () => {
    const made = recorded();
    const same = { ...web, rollout: 'shop', workload: 'shop' };
    const { code, err } = await run(made, [same], 'record');
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/declare it with its rollout until Deployment shop is ready/),
    ]);
    made.synth([same]);
  });
});

describe('a rollout of another name for the same Deployment', () => {
  const renamed = { ...web, rollout: 'shop', image: v2 };

  test('with another template goes on with its ledger, under the new name', async () => {
    const made = recorded();
    const { problems } = errorOf(() => made.synth([renamed]));
    expect(problems).toMatchObject([{ code: 'ledger-left', given: 'Deployment web', fix: 'rename it to shop.json' }]);
    expect(await run(made, [renamed], 'record')).toMatchObject({ code: 1 });
    renameSync(ledgerFile(made.folder, 'web'), ledgerFile(made.folder, 'shop'));
    expect(made.advance('shop', [renamed])).toBe('step-1/canary');
    made.synth([renamed]);
  });

  test('as it runs is recorded, and the file that is left is named', async () => {
    const made = recorded();
    const { code, err } = await run(made, [{ ...web, rollout: 'shop' }], 'record');
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/web\.json: its rollout is declared no longer: delete this/),
    ]);
  });
});

describe('the Deployment of a ledger', () => {
  test('stays through a release, and through the way back', () => {
    const made = recorded();
    const target = [{ ...web, image: v2 }];
    const noted = () => made.ledger('web').workload;
    for (let stage = made.advance('web', target); stage !== 'steady'; stage = made.advance('web', target))
      expect(noted()).toBe('web');
    expect(noted()).toBe('web');
    made.advance('web', [web]);
    made.abort('web', [web]);
    for (let stage = made.stage('web'); stage !== 'steady'; stage = made.advance('web', target)) made.synth(target);
    expect(noted()).toBe('web');
  });

  test('is noted by the next release where an earlier version wrote the ledger', () => {
    const made = new Environment<readonly Code[]>(build);
    writeLedger(made.folder, 'web', newLedger(deploymentOf(web).spec.template));
    made.synth([web]);
    made.advance('web', [{ ...web, image: v2 }]);
    expect(made.ledger('web').workload).toBe('web');
  });
});

test('record --from-git refuses a Deployment that had another name then', async () => {
  const declared = (code: Code) => {
    const app = build([code]);
    Ledger.fromFolder(app, 'releases');
    return JSON.stringify({ version: 2, apps: { releases: record(app).apps.releases } });
  };
  const files = { 'declared.json': declared(web), 'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n' };
  const folder = folderWith(files);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'v1');
  const env = process.env as Record<string, string>;
  const command = ['record', '--from-git', 'HEAD'];
  writeFileSync(`${folder}/declared.json`, declared({ ...web, workload: 'shop', image: v2 }));
  const { code, err } = await graylane(command, { folder, env });
  expect([code, err]).toEqual([1, expect.stringMatching(/shop, and was web \(workload-renamed\)/)]);
  writeFileSync(`${folder}/declared.json`, declared({ ...web, image: v2 }));
  expect(await graylane(command, { folder, env })).toMatchObject({ code: 0 });
});

describe('plan, render and simulate with --stable', () => {
  const yaml = (...objects: object[]) => objects.map((object) => `---\n${stringify(object)}`).join('');
  const kruise = (code: Code) => ({
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: code.rollout },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: code.workload },
      strategy: { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: 1 }] } },
    },
  });

  const others: readonly [string, Code][] = [
    ...renamedWorkloads.filter(([, { image }]) => image === v2),
    ...renamedBoth.slice(0, 3),
  ];

  test.each(others)('a Deployment under another name %s is refused', async (_, code) => {
    const folder = folderWith({
      'app.yaml': yaml(deploymentOf(code), kruise(code)),
      'running.yaml': yaml(deploymentOf(web)),
    });
    for (const command of ['plan', 'render --stage step-1', 'simulate']) {
      const { code: ended, err } = await graylane(
        [...command.split(' '), '-f', 'app.yaml', '--stable', 'running.yaml'],
        { folder },
      );
      expect([command, ended, err]).toEqual([
        command,
        1,
        expect.stringMatching(/workloadRef\.name: it is shop, and web in --stable \(workload-renamed\)/),
      ]);
    }
  });

  test('others that run beside are none of its past', async () => {
    const shop: Code = { rollout: 'shop', workload: 'shop', image: v2, app: 'shop' };
    const folder = folderWith({
      'app.yaml': yaml(deploymentOf(shop), kruise(shop), deploymentOf(web), kruise(web)),
      'running.yaml': yaml(deploymentOf(web), {
        ...deploymentOf({ ...web, workload: 'other' }),
        metadata: { name: 'other', namespace: 'other' },
      }),
    });
    expect(await graylane(['plan', '-f', 'app.yaml', '--stable', 'running.yaml'], { folder })).toMatchObject({
      code: 0,
    });
  });
});
