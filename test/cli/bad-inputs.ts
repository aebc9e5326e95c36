/** Files and command lines that are refused; places, lines and exit codes are in bad-input.test.ts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { CanaryRollout, Ledger as LedgerFiles } from 'graylane/cdk8s';
import { readLedger, writeLedger } from 'graylane/ledger';
import { stringify } from 'yaml';
import { type LedgerFolder, ledgerFolders, type LedgerRollout } from '../../lib/cli/input/cdk8s-app';
import type { OutputDifference } from '../../lib/cli/input/committed-output';
import { unknownChecks } from '../../lib/cli/commands/simulate';
import { detachedRelease } from '../../lib/cli/commands/detached';
import { declare, toApply } from '../../lib/cli/input/declarations';
import { parseFiles } from '../../lib/cli/input/documents';
import { readFiles, writeOne } from '../../lib/cli/input/files';
import { atRevision } from '../../lib/cli/input/git-revision';
import { readAppReleases, readInput } from '../../lib/cli/input/input';
import { chooseFolder, onlyOne, rolloutNamed } from '../../lib/cli/input/ledgers';
import { agreement } from '../../lib/cli/output/agreement';
import { writeMoves } from '../../lib/cli/output/ledger-moves';
import { readApproval, readFrom, standpointOf } from '../../lib/cli/input/standpoint';
import { runningAmong } from '../../lib/cli/input/running-file';
import { runningInCluster } from '../../lib/cli/terminal/running';
import type { Terminal } from '../../lib/cli/terminal/terminal';
import { kinds, type Live } from '../../lib/cluster';
import { notifierFor } from '../../lib/notify';
import {
  type Deployment,
  type Ledger,
  newLedger,
  refuse,
  type RolloutRecording,
  type RolloutSpec,
} from '../../lib/core';
import type { BadInput } from '../bad-input';
import { record } from '../cdk8s/environment';
import { newApp } from '../cdk8s/fixtures';
import { plusShop, shopTemplate } from '../cdk8s/shop';
import { deployment } from '../core/fixtures';
import { COMMITTER } from './fixtures';

/** A rollout with a check of each kind that matters to a simulation. */
const asking: { readonly rollouts: readonly RolloutSpec[] } = {
  rollouts: [
    {
      name: 'app',
      workloadRef: { name: 'app' },
      steps: [{ replicas: 1 }],
      checks: [
        { name: 'smoke', command: { argv: ['./smoke.sh'] } },
        { name: 'errors', requests: { prometheus: 'http://prometheus', metrics: 'istio', atMost: '1%' } },
      ],
    },
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'graylane-'));
writeFileSync(join(folder, 'latin.yaml'), Buffer.from('kind: Namespace # caf\xe9\n', 'latin1'));
writeFileSync(join(folder, 'utf8.yaml'), 'kind: Namespace # caf\xe9\n');
writeFileSync(join(folder, 'large.yaml'), '#'.repeat(5 * 1024 * 1024 + 1));
writeFileSync(join(folder, 'app.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: app}\n');
mkdirSync(join(folder, 'made'));

const output = { write: () => undefined, colour: false };
const terminal: Terminal = {
  out: output,
  err: output,
  input: () => Promise.resolve(Buffer.from('')),
  folder,
  env: process.env,
  now: () => new Date('2026-01-01T00:00:00Z'),
};

const file = (code: BadInput['code'], name: string, fixed: string): BadInput => ({
  code,
  path: name,
  run: () => readFiles([name], terminal),
  fixed: () => readFiles([fixed], terminal),
});
const parse = (yaml: string) => declare(parseFiles([{ file: 'bad.yaml', text: yaml }]));
const text = (code: BadInput['code'], path: string, yaml: string, ...fixed: string[]): BadInput => ({
  code,
  path,
  run: () => parse(yaml),
  fixed: fixed.map((one) => () => parse(one)),
});

/** A folder with an app whose command is this one. */
const projectOf = (command?: string): string => {
  const project = mkdtempSync(join(folder, 'project-'));
  if (command !== undefined) writeFileSync(join(project, 'cdk8s.yaml'), `app: ${command}\n`);
  return project;
};
/** One that says what a recording of an app with ledgers says. */
const recording = () => {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  new CanaryRollout(chart, 'release', { workload: plusShop(chart).workload, steps: [{ replicas: 1 }] });
  const ledgers = mkdtempSync(join(folder, 'ledgers-'));
  writeLedger(ledgers, 'release', newLedger(shopTemplate()));
  LedgerFiles.fromFolder(app, ledgers);
  const project = projectOf('cp declared.json "$GRAYLANE_RECORD"');
  // Of this app alone: the process records others, too.
  const recorded = { version: 2, apps: { [ledgers]: record(app).apps[ledgers] } };
  writeFileSync(join(project, 'declared.json'), JSON.stringify(recorded));
  return project;
};
const app = (code: BadInput['code'], path: string, command?: string): BadInput => ({
  code,
  path,
  run: () => ledgerFolders(projectOf(command), terminal),
  fixed: () => ledgerFolders(recording(), terminal),
});

const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';
const batchRelease = 'apiVersion: rollouts.kruise.io/v1beta1\nkind: BatchRelease\nmetadata: {name: a}\n';
const rolloutText = (name: string) => `apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: ${name}}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  strategy: {canary: {enableExtraWorkloadForCanary: true, steps: [{replicas: 1}]}}
---
${stringify(deployment('app'))}`;
/** The rollout of a name, of files of one. */
const named = async (name: string, of = 'app') => {
  writeFileSync(join(folder, `${of}-rollout.yaml`), rolloutText(of));
  return readInput({ file: [`${of}-rollout.yaml`], rollout: name }, terminal);
};

/** A release for a Job. @param note in the Deployment */
const detached = (image: string | undefined, note = '') => {
  const [release] = rolloutText('app').split('---\n');
  const noted = { ...deployment('app'), metadata: { name: 'app', annotations: { note } } };
  const input = parse(`${release}---\n${stringify(noted)}`);
  return detachedRelease({ declarations: toApply(input), namespace: 'shop' }, input, image);
};

const ledger = newLedger({});
const declared: RolloutRecording = {
  name: 'rollout-a',
  template: {},
  revision: ledger.stable,
  plan: { workloadRef: { name: 'a' }, steps: [] },
};
/** None of its objects is looked at. */
const rollout = { ...declared, member: {} as LedgerRollout['member'] };
const topology = { objects: [], routings: [], members: [] };
const folderNamed = (name: string): LedgerFolder => ({
  name,
  folder: join(folder, name),
  topology,
  rollouts: [rollout],
});
const folders = ['test', 'production'].map(folderNamed);

/** Moves what was recorded. */
const move = (before: Ledger | undefined, frozen: boolean) =>
  writeMoves([{ folder: folders[0]!.folder, rollout, before, after: ledger }], { frozen, folders }, terminal);

const here = readFrom('step-1/route');
const approved = readApproval('rollout-a#1-5f0c1e9ab3d2/step-1');

const workload = (namespace: string): Deployment => ({
  ...kinds.deployment,
  metadata: { name: 'a', namespace },
  spec: { selector: {}, template: {} },
});
const running = (image: string, applied: string) => {
  const live = (spec: object) =>
    Promise.resolve({ ...kinds.deployment, metadata: { name: 'a' }, spec: { template: { spec } } } as unknown as Live);
  const api = { get: () => live({ image }), apply: () => live({ image: applied }) };
  return runningInCluster(api, 'shop', rollout);
};

/** An app that writes one file, which is not as it is committed. */
const different = (is: OutputDifference): BadInput => ({
  code: `output-${is}`,
  path: 'dist/shop.k8s.yaml',
  run: () => agree([{ file: OUTPUT, is }]),
  fixed: 'what is committed of an app is run in verify.long.test.ts',
});
const OUTPUT = '/app/dist/shop.k8s.yaml';
const agree = (differences: readonly { readonly file: string; readonly is: OutputDifference }[], written = [OUTPUT]) =>
  agreement({ folders: [{ folder: '/app/dist' }], written, differences }, '/app', undefined);

/** A repository with one commit of this tag. */
const repositoryWith = (tag: string): string => {
  const repository = mkdtempSync(join(folder, 'repository-'));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: repository, env: { ...process.env, ...COMMITTER } });
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  git('tag', tag);
  return repository;
};
const atTag = (tag: string) => atRevision(repositoryWith('v1'), tag, () => Promise.resolve());

export const badInputs: readonly BadInput[] = [
  file('file-unreadable', 'missing.yaml', 'app.yaml'),
  file('file-encoding', 'latin.yaml', 'utf8.yaml'),
  file('file-size', 'large.yaml', 'app.yaml'),
  {
    code: 'file-unwritable',
    path: 'no/such/folder.ts',
    run: () => writeOne('no/such/folder.ts', '', folder),
    fixed: [() => writeOne('folder.ts', '', folder), () => writeOne('made/folder.ts', '', folder)],
  },
  text('file-empty', 'bad.yaml', '# nothing\n', pod),
  text('yaml-syntax', 'bad.yaml:4', `${pod}spec: {a: [}\n`, `${pod}spec: {a: []}\n`),
  text(
    'yaml-duplicate-key',
    'bad.yaml:4',
    `${pod}kind: ConfigMap\n`,
    pod,
    'apiVersion: v1\nmetadata: {name: a}\nkind: ConfigMap\n',
  ),
  text(
    'yaml-aliases',
    'bad.yaml:5',
    `${pod}a: &a x\nb: [${'*a, '.repeat(101)}]\n`,
    `${pod}a: x\nb: [${'x, '.repeat(101)}]\n`,
  ),
  text('object-shape', 'bad.yaml:5', `${pod}---\n- a\n`, pod),
  text('object-shape', 'bad.yaml:1', 'kind: Pod\nmetadata: {name: a}\n', pod),
  text('object-duplicate', 'bad.yaml:5', `${pod}---\n${pod}`, pod),
  text('kruise-kind', 'bad.yaml:6: BatchRelease a: kind', `${pod}---\n${batchRelease}`, pod),
  {
    code: 'rollout-not-found',
    path: '--rollout',
    run: () => named('ap'),
    fixed: [() => named('app'), () => named('ap', 'ap')],
  },
  {
    code: 'check-unknown',
    path: '--check',
    run: () => refuse(unknownChecks(asking, { smoke: { failing: 0.05 } })),
    fixed: [
      () => refuse(unknownChecks(asking, { smoke: 'broken' })),
      () => refuse(unknownChecks(asking, { errors: { failing: 0.05 } })),
    ],
  },
  app('app-missing', 'cdk8s.yaml'),
  app('app-failed', 'cdk8s.yaml', 'exit 3'),
  app('app-silent', 'cdk8s.yaml', '"true"'),
  app('recording-invalid', 'cdk8s.yaml', "echo '{}' > $GRAYLANE_RECORD"),
  {
    code: 'ledger-folder',
    path: '--ledger',
    run: () => chooseFolder(folders, {}, terminal),
    fixed: folders.map(
      ({ name }) =>
        () =>
          chooseFolder(folders, { ledger: name }, terminal),
    ),
  },
  {
    code: 'ledger-frozen',
    path: '--frozen',
    run: () => move(undefined, true),
    fixed: () => {
      move(undefined, false);
      move(readLedger(folders[0]!.folder, 'rollout-a'), true);
    },
  },
  {
    code: 'standpoint-ambiguous',
    path: 'rollout rollout-a: --from',
    run: () => standpointOf('rollout-a', [...here, ...approved]),
    fixed: [here, approved].map((one) => () => standpointOf('rollout-a', one)),
  },
  {
    code: 'option-of-files',
    path: '--gateway',
    run: () => readAppReleases({ gateway: 'nginx' }, { ...terminal, folder: recording() }),
    fixed: () => readAppReleases({}, { ...terminal, folder: recording() }),
  },
  {
    code: 'rollout-ambiguous',
    path: 'rollouts',
    run: () => onlyOne(['rollout-a', 'rollout-b']),
    fixed: () => rolloutNamed([{ name: 'rollout-a' }, { name: 'rollout-b' }], 'rollout-a'),
  },
  {
    code: 'workload-ambiguous',
    path: '--from',
    run: () => runningAmong([workload('shop'), workload('test')], { name: 'a' }, {}, '--from'),
    fixed: [
      () => runningAmong([workload('shop'), workload('test')], { name: 'a', namespace: 'shop' }, {}, '--from'),
      () => runningAmong([workload('shop')], { name: 'a' }, {}, '--from'),
    ],
  },
  {
    code: 'template-differs',
    path: 'rollout rollout-a: --from-cluster',
    run: () => running('v1', 'v2'),
    fixed: [() => running('v1', 'v1'), () => runningAmong([workload('shop')], { name: 'a' }, {}, '--from')],
  },
  different('differs'),
  different('uncommitted'),
  different('ignored'),
  different('left-over'),
  {
    code: 'output-none',
    path: 'cdk8s.yaml',
    run: () => agree([], []),
    fixed: () => agree([]),
  },
  {
    code: 'image-missing',
    path: '--image',
    run: () => detached(undefined),
    fixed: () => detached('example.com/graylane:0.1.0'),
  },
  {
    code: 'detached-size',
    path: 'rollout app: --detach',
    run: () => detached('example.com/graylane:0.1.0', 'x'.repeat(1_000_000)),
    fixed: () => detached('example.com/graylane:0.1.0', 'x'.repeat(1000)),
  },
  {
    code: 'notify-invalid',
    path: 'GRAYLANE_NOTIFY',
    run: () => notifierFor({ GRAYLANE_NOTIFY: 'example.com/hook' }, undefined),
    fixed: () => notifierFor({ GRAYLANE_NOTIFY: 'https://example.com/hook slack+https://example.com/hook' }, undefined),
  },
  { code: 'git-failed', path: '--from-git', run: () => atTag('v2'), fixed: () => atTag('v1') },
];
