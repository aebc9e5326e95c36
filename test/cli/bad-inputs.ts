/** Files and command lines that are refused; places, lines and exit codes are in bad-input.test.ts. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingOfApp } from '../../lib/cli/input/cdk8s-app';
import { declare } from '../../lib/cli/input/declarations';
import { parseFiles } from '../../lib/cli/input/documents';
import { readFiles, writeOne } from '../../lib/cli/input/files';
import { atRevision } from '../../lib/cli/input/git-revision';
import { readInput } from '../../lib/cli/input/input';
import { chooseFolder, onlyOne, writeMoves } from '../../lib/cli/input/ledgers';
import { runningAmong } from '../../lib/cli/input/running-file';
import { runningInCluster } from '../../lib/cli/terminal/running';
import type { Terminal } from '../../lib/cli/terminal/terminal';
import { kinds, type Live } from '../../lib/cluster';
import { newLedger } from '../../lib/core';
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
  return { code, path, run: () => recordingOfApp(project, terminal) };
};

const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';

const ledger = newLedger({});
const rollout = {
  name: 'rollout-a',
  template: {},
  revision: ledger.stable,
  plan: { workloadRef: { name: 'a' }, steps: [] },
  stages: [],
  gates: [],
};

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
    run: () => chooseFolder({ version: 1, ledgers: { test: [], production: [] } }, {}, terminal),
  },
  {
    code: 'ledger-frozen',
    path: '--frozen',
    run: () => writeMoves([{ folder, rollout, before: undefined, after: ledger }], { frozen: true }, terminal),
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
  { code: 'git-failed', path: '--from-git', run: () => atRevision(folder, 'v1', () => Promise.resolve()) },
];
