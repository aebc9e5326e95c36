/** Files and command lines that are refused; places, lines and exit codes are in bad-input.test.ts. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LedgerFolder, ledgerFolders, type LedgerRollout } from '../../lib/cli/input/cdk8s-app';
import type { OutputDifference } from '../../lib/cli/input/committed-output';
import { declare } from '../../lib/cli/input/declarations';
import { parseFiles } from '../../lib/cli/input/documents';
import { readFiles, writeOne } from '../../lib/cli/input/files';
import { atRevision } from '../../lib/cli/input/git-revision';
import { readAppReleases, readInput } from '../../lib/cli/input/input';
import { chooseFolder, onlyOne } from '../../lib/cli/input/ledgers';
import { agreement } from '../../lib/cli/output/agreement';
import { writeMoves } from '../../lib/cli/output/ledger-moves';
import { readApproval, readFrom, standpointOf } from '../../lib/cli/input/standpoint';
import { runningAmong } from '../../lib/cli/input/running-file';
import { runningInCluster } from '../../lib/cli/terminal/running';
import type { Terminal } from '../../lib/cli/terminal/terminal';
import { kinds, type Live } from '../../lib/cluster';
import { newLedger, type RolloutRecording } from '../../lib/core';
import type { BadInput } from '../bad-input';

const folder = mkdtempSync(join(tmpdir(), 'graylane-'));
writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0xff]));
writeFileSync(join(folder, 'large.yaml'), '#'.repeat(5 * 1024 * 1024 + 1));
writeFileSync(join(folder, 'app.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: app}\n');

const output = { write: () => undefined, colour: false };
const terminal: Terminal = {
  out: output,
  err: output,
  input: () => Promise.resolve(Buffer.from('')),
  folder,
  env: {},
  now: () => new Date('2026-01-01T00:00:00Z'),
};

const file = (code: BadInput['code'], name: string): BadInput => ({
  code,
  path: name,
  run: () => readFiles([name], terminal),
});
const text = (code: BadInput['code'], path: string, yaml: string): BadInput => ({
  code,
  path,
  run: () => parseFiles([{ file: 'bad.yaml', text: yaml }]),
});
/** An app whose command is this one. */
const app = (code: BadInput['code'], path: string, command?: string): BadInput => {
  const project = join(folder, code);
  mkdirSync(project);
  if (command !== undefined) writeFileSync(join(project, 'cdk8s.yaml'), `app: ${command}\n`);
  return { code, path, run: () => ledgerFolders(project, terminal) };
};

const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';

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

/** An app that writes one file, which is not as it is committed. */
const different = (is: OutputDifference): BadInput => ({
  code: `output-${is}`,
  path: 'dist/shop.k8s.yaml',
  run: () => {
    const one = '/app/dist/shop.k8s.yaml';
    agreement(
      { folders: [{ folder: '/app/dist' }], written: [one], differences: [{ file: one, is }] },
      '/app',
      undefined,
    );
  },
});

export const badInputs: readonly BadInput[] = [
  file('file-unreadable', 'missing.yaml'),
  file('file-encoding', 'latin.yaml'),
  file('file-size', 'large.yaml'),
  { code: 'file-unwritable', path: 'no/such/folder.ts', run: () => writeOne('no/such/folder.ts', '', folder) },
  text('file-empty', 'bad.yaml', '# nothing\n'),
  text('yaml-syntax', 'bad.yaml:2', 'a: {\n'),
  text('yaml-duplicate-key', 'bad.yaml:2', 'a: 1\na: 2\n'),
  text('yaml-aliases', 'bad.yaml:2', `a: &a x\nb: [${'*a, '.repeat(101)}]\n`),
  text('object-shape', 'bad.yaml:1', '- a\n'),
  text('object-duplicate', 'bad.yaml:5', `${pod}---\n${pod}`),
  {
    code: 'kruise-kind',
    path: 'bad.yaml:2: BatchRelease a: kind',
    run: () =>
      declare(
        parseFiles([
          {
            file: 'bad.yaml',
            text: 'apiVersion: rollouts.kruise.io/v1beta1\nkind: BatchRelease\nmetadata: {name: a}\n',
          },
        ]),
      ),
  },
  {
    code: 'rollout-not-found',
    path: '--rollout',
    run: () => readInput({ file: ['app.yaml'], rollout: 'a' }, terminal),
  },
  app('app-missing', 'cdk8s.yaml'),
  app('app-failed', 'cdk8s.yaml', 'exit 3'),
  app('app-silent', 'cdk8s.yaml', '"true"'),
  app('recording-invalid', 'cdk8s.yaml', "echo '{}' > $GRAYLANE_RECORD"),
  {
    code: 'ledger-folder',
    path: '--ledger',
    run: () => chooseFolder(folders, {}, terminal),
  },
  {
    code: 'ledger-frozen',
    path: '--frozen',
    run: () =>
      writeMoves(
        [{ folder: folders[0]!.folder, rollout, before: undefined, after: ledger }],
        { frozen: true, folders },
        terminal,
      ),
  },
  {
    code: 'standpoint-ambiguous',
    path: 'rollout rollout-a: --from',
    run: () =>
      standpointOf('rollout-a', [...readFrom('step-1/route'), ...readApproval('rollout-a#1-5f0c1e9ab3d2/step-1')]),
  },
  {
    code: 'option-of-files',
    path: '--gateway',
    run: () => readAppReleases({ gateway: 'nginx' }, terminal),
  },
  { code: 'rollout-ambiguous', path: 'rollouts', run: () => onlyOne(['rollout-a', 'rollout-b']) },
  {
    code: 'workload-ambiguous',
    path: '--from',
    run: () => {
      const both = ['shop', 'test'].map((namespace) => ({
        ...kinds.deployment,
        metadata: { name: 'a', namespace },
        spec: { selector: {}, template: {} },
      }));
      return runningAmong(both, { name: 'a' }, {}, '--from');
    },
  },
  {
    code: 'template-differs',
    path: 'rollout rollout-a: --from-cluster',
    run: () => {
      const deployment = { ...kinds.deployment, metadata: { name: 'a' } };
      const live = (spec: object) =>
        Promise.resolve({ ...deployment, spec: { template: { spec } } } as unknown as Live);
      return runningInCluster(
        { get: () => live({ image: 'v1' }), apply: () => live({ image: 'v2' }) },
        'shop',
        rollout,
      );
    },
  },
  different('differs'),
  different('uncommitted'),
  different('ignored'),
  different('left-over'),
  {
    code: 'output-none',
    path: 'cdk8s.yaml',
    run: () => agreement({ folders: [], written: [], differences: [] }, '/app', undefined),
  },
  { code: 'git-failed', path: '--from-git', run: () => atRevision(folder, 'v1', () => Promise.resolve()) },
];
