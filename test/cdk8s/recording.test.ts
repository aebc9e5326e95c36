/** Synthesis fails closed where a ledger does not say what the code says, except when it only records. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type App, Chart, YamlOutputType } from 'cdk8s';
import {
  checkStable,
  formatLedger,
  type Ledger as LedgerDocument,
  newLedger,
  revisionOf,
  type RolloutRecording,
  stages,
  locationOf,
} from 'graylane';
import { CanaryRollout, Ledger, Workload } from 'graylane/cdk8s';
import { ledgerFile, writeLedger } from 'graylane/ledger';
import { describe, expect, test } from 'vitest';
import { Environment, record, recorded } from './environment';
import { errorOf, newApp, newFolder, sample, sampleAt, synth, templateOf } from './fixtures';
import { helmShop, plusShop } from './shop';

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [name, readFileSync(`${parentPath}/${name}`, 'utf8')]);

const build = (tag: string) => sample({ a: { image: tag } }).app;

/** v2 of a at its route; b is steady. */
function midRelease(): Environment<string> {
  const environment = new Environment(build);
  environment.begin('a:v1');
  while (environment.stage('rollout-a') !== 'step-1/route') environment.advance('rollout-a', 'a:v2');
  return environment;
}

type Change = (environment: Environment<string>, file: string) => void;

function rewrite(change: (ledger: LedgerDocument) => object): Change {
  return (environment, file) => writeFileSync(file, JSON.stringify(change(environment.ledger('rollout-a'))));
}

describe('synthesis is refused, and writes nothing, for', () => {
  test.each<[string, string, string, Change]>([
    ['a rollout without a ledger', 'a:v2', 'ledger-missing at shop/rollout-a: FILE', (_, file) => rmSync(file)],
    [
      'a folder that is not there',
      'a:v2',
      'ledger-missing at shop/rollout-a: FILE and ledger-missing at shop/rollout-b: OTHER',
      ({ folder }) => rmSync(folder, { recursive: true }),
    ],
    ['an empty ledger', 'a:v2', 'ledger-invalid at shop/rollout-a: FILE', (_, file) => writeFileSync(file, '')],
    [
      'half a ledger',
      'a:v2',
      'ledger-invalid at shop/rollout-a: FILE',
      (environment, file) => writeFileSync(file, formatLedger(environment.ledger('rollout-a')).slice(0, 300)),
    ],
    [
      'a ledger of a newer version',
      'a:v2',
      'ledger-version at shop/rollout-a: FILE: version',
      rewrite((ledger) => ({ ...ledger, version: 3 })),
    ],
    [
      'a folder in the place of a ledger',
      'a:v2',
      'file-unreadable at shop/rollout-a: FILE',
      (_, file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    ['a third revision', 'a:v3', 'ledger-template at shop/rollout-a: workload.spec.template', () => undefined],
    [
      'a changed template of a steady rollout',
      'a:v2',
      'ledger-behind at shop/rollout-a: workload.spec.template',
      rewrite(({ release: _, ...ledger }) => ledger),
    ],
    [
      'a stage that the plan has not',
      'a:v2',
      'stage-unknown at shop/rollout-a: stage',
      rewrite((ledger) => ({ ...ledger, release: { ...ledger.release!, stage: 'step-2/canary' } })),
    ],
    [
      'another routing than that of the release',
      'a:v2',
      'routing-changed at shop/rollout-a: routing',
      rewrite((ledger) => ({ ...ledger, release: { ...ledger.release!, routing: 'x' } })),
    ],
  ])('%s', (_, tag, expected, change) => {
    const environment = midRelease();
    const file = ledgerFile(environment.folder, 'rollout-a');
    change(environment, file);
    const app = build(tag);
    Ledger.fromFolder(app, environment.folder);
    const before = existsSync(file);
    const error = errorOf(() => app.synth());
    expect(error.problems.map((one) => `${one.code} at ${locationOf(one)}`).join(' and ')).toBe(
      expected.replace('FILE', file).replace('OTHER', ledgerFile(environment.folder, 'rollout-b')),
    );
    expect(error.stack).not.toContain('\n    at ');
    expect(readdirSync(app.outdir)).toEqual([]);
    expect(existsSync(file)).toBe(before);
  });

  test('a release under way whose rollout is gone from the code', () => {
    const { folder } = midRelease();
    const app = newApp();
    Ledger.fromFolder(app, folder);
    expect(errorOf(() => app.synth())).toMatchObject({
      problems: [{ code: 'ledger-orphan', path: ledgerFile(folder, 'rollout-a'), given: 'step-1/route' }],
    });
  });

  test('a rollout of another name: its ledger is missing, or the old one is left over', () => {
    const { folder } = midRelease();
    const app = newApp();
    Ledger.fromFolder(app, folder);
    const chart = new Chart(app, 'shop');
    new CanaryRollout(chart, 'renamed', { workload: plusShop(chart).workload, steps: [{ replicas: 1 }] });
    expect(errorOf(() => app.synth()).code).toBe('ledger-orphan');
  });

  test('values of templates stay out of the message', () => {
    const environment = midRelease();
    const { message } = errorOf(() => environment.synth('a:secret'));
    expect(message).toContain('a change of spec.containers[0].image');
    expect(message).not.toMatch(/a:v\d|a:secret/);
  });
});

test('a steady ledger whose rollout is gone from the code is left alone', () => {
  const { folder } = midRelease();
  writeLedger(folder, 'rollout-a', newLedger(templateOf('a', 'a:v1')));
  const app = newApp();
  Ledger.fromFolder(app, folder);
  expect(() => app.synth()).not.toThrow();
});

test('the stage in code overrides the ledger', () => {
  const { folder } = midRelease();
  const { app } = sample({ a: { image: 'a:v2', stage: 'promote/stable', stable: templateOf('a', 'a:v1') } });
  Ledger.fromFolder(app, folder);
  expect(Object.fromEntries(synth(app))).toEqual(Object.fromEntries(sampleAt({ a: 'promote/stable' })));
});

describe('a recording', () => {
  test('skips the ledgers, and says all that moving them takes', () => {
    const folder = newFolder();
    const app = build('a:v2');
    Ledger.fromFolder(app, folder);
    const [a, b] = recorded(app, folder);
    expect([a!.name, b!.name]).toEqual(['rollout-a', 'rollout-b']);
    const template = templateOf('a', 'a:v2');
    expect(a).toMatchObject({ template, revision: revisionOf(template), stableReplicas: 3 });
    expect(stages(a!.plan).map(({ id }) => id)).toContain('step-1/route');
    expect(readdirSync(folder)).toEqual([]);
  });

  describe.each(Object.values(YamlOutputType).filter((type) => typeof type === 'number'))(
    'in output type %i',
    (type) => {
      const into = (outdir: string, folder: string, tag: string) => {
        const { app } = sample({ a: { image: tag } }, { outdir, yamlOutputType: type });
        Ledger.fromFolder(app, folder);
        return app;
      };

      test('writes nothing into the folder that the app names: what is there is of a stage', () => {
        const { folder } = midRelease();
        const outdir = newFolder();
        into(outdir, folder, 'a:v2').synth();
        const before = filesIn(outdir);
        record(into(outdir, folder, 'a:v3'));
        expect(filesIn(outdir)).toEqual(before);
      });
    },
  );

  describe('of an app that writes what it synthesizes itself', () => {
    const yaml = (folder: string, tag: string, how: (app: App) => string = (app) => app.synthYaml()) => {
      const app = build(tag);
      Ledger.fromFolder(app, folder);
      return how(app);
    };
    const printed = (app: App) => {
      let text = '';
      app.synth = () => void (text = app.synthYaml());
      record(app);
      return text;
    };

    test('gives the stage of the ledger, whatever is declared by now', () => {
      const { folder } = midRelease();
      for (const tag of ['a:v1', 'a:v3']) expect(yaml(folder, tag, printed)).toBe(yaml(folder, 'a:v2'));
    });

    test('gives stable, while no release has begun', () => {
      const environment = new Environment(build);
      environment.begin('a:v1');
      expect(yaml(environment.folder, 'a:v2', printed)).toBe(yaml(environment.folder, 'a:v1'));
    });
  });

  test('holds the apps of one process beside each other', () => {
    const folders = ['a:v1', 'a:v2'].map((tag) => {
      const environment = new Environment(build);
      environment.recorded(tag);
      return environment.folder;
    });
    const app = build('a:v3');
    Ledger.fromFolder(app, folders[0]!);
    record(app);
    const revisions = folders.map((one) => recorded(app, one)[0]!.revision);
    expect(revisions).toEqual(['a:v3', 'a:v2'].map((tag) => revisionOf(templateOf('a', tag))));
  });

  test('without a folder of ledgers there is nothing to record', () => {
    const app = build('a:v2');
    expect(() => record(app)).toThrow('ENOENT');
  });

  test('is the same for many charts as for one', () => {
    const folder = newFolder();
    const app = build('a:v2');
    for (const id of ['x', 'y', 'z']) plusShop(new Chart(app, id, { namespace: id }));
    Ledger.fromFolder(app, folder);
    expect(recorded(app, folder).map(({ revision }) => revision)).toEqual([
      revisionOf(templateOf('a', 'a:v2')),
      revisionOf(templateOf('b', 'b:v1')),
    ]);
  });
});

describe('a template that changes on every synthesis', () => {
  /** A chart that generates a password, as many do. */
  function randomApp(folder: string): App {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const helm = helmShop(chart, 'v1', (text) =>
      text.replace('checksum/config: abc', 'checksum/config: {{ randAlphaNum }}'),
    );
    new CanaryRollout(chart, 'rollout', { workload: Workload.in(helm, 'web'), steps: [{ replicas: 1 }] });
    Ledger.fromFolder(app, folder);
    return app;
  }

  const of = (folder: string, rollouts: readonly RolloutRecording[]) => [{ folder, rollouts }];

  test('is found and named by two recordings', () => {
    const folder = newFolder();
    const [first, second] = [
      of(folder, recorded(randomApp(folder), folder)),
      of(folder, recorded(randomApp(folder), folder)),
    ];
    const error = errorOf(() => checkStable(first, second));
    expect(error.problems.map((one) => [one.code, locationOf(one), one.given])).toEqual([
      [
        'template-unstable',
        'rollout rollout: workload.spec.template',
        'a change on every synth of metadata.annotations.checksum/config',
      ],
    ]);
    const { annotations } = first[0]!.rollouts[0]!.template.metadata!;
    expect(error.message).not.toContain(annotations!['checksum/config']);
  });

  test('is not found where there is none', () => {
    const environment = new Environment(build);
    const [first, second] = [environment.recorded('a:v1'), environment.recorded('a:v1')];
    expect(() => checkStable(of('prod', first), of('prod', second))).not.toThrow();
  });
});
