/** `record --from` with what a cluster prints: server defaults, namespaces, marks of restarts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  type AppRecording,
  spelledAs,
  parseLedger,
  type PodTemplate,
  type Recording,
  comparableTemplate,
  withServerDefaults,
} from '../../lib/core';
import { templates } from './pod-templates';
import { folderWith, graylane } from './fixtures';

const DUMPS = join(__dirname, 'dumps');

type Item = readonly [namespace: string | undefined, template: PodTemplate];

/** As `kubectl get deployments -o yaml` prints them. */
const list = (...items: readonly Item[]) =>
  stringify({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: items.map(deployment) });

function deployment([namespace, template]: Item) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, uid: 'x', generation: 3 },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
    status: { replicas: 2 },
  };
}

interface Recorded {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly stable?: PodTemplate;
}

/** Records a rollout of `web` from what runs, in a folder of its own. */
async function record(declared: PodTemplate, running: string, args = '', namespace?: string): Promise<Recorded> {
  const within = namespace === undefined ? {} : { namespace };
  const { apiVersion, kind, spec } = deployment([undefined, declared]);
  const app: AppRecording = {
    declarations: {
      objects: [{ apiVersion, kind, metadata: { name: 'web', ...within }, spec }],
      lanes: [],
      rollouts: [{ name: 'web', ...within, workloadRef: { name: 'web' }, steps: [{ replicas: 1 }] }],
    },
    inWaves: [],
  };
  const folder = folderWith({
    'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n',
    'declared.json': JSON.stringify({ version: 2, apps: { releases: app } } satisfies Recording),
    'running.yaml': running,
  });
  const words = `record --from running.yaml ${args}`.trim().split(' ');
  const ran = await graylane(words, { folder, env: { PATH: process.env.PATH! } });
  const file = join(folder, 'releases', 'web.json');
  if (!existsSync(file)) return ran;
  const ledger = parseLedger(readFileSync(file, 'utf8'), file);
  return { ...ran, stable: ledger.templates.stable };
}

const declared: PodTemplate = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'web', image: 'web:v1', env: [{ name: 'TOKEN', value: 's3cret' }], ports: [{ containerPort: 80 }] },
    ],
  },
};

interface Change {
  readonly image?: string;
  readonly annotations?: Record<string, string | null>;
  readonly container?: object;
  readonly spec?: object;
}

/** The declared template as it may run, with what the server sets. */
function running({ image = 'web:v1', annotations, container, spec }: Change = {}): PodTemplate {
  const stored = withServerDefaults(declared) as { metadata: object; spec: { containers: object[] } };
  return {
    metadata: {
      creationTimestamp: null,
      ...stored.metadata,
      ...(annotations && { annotations }),
    } as PodTemplate['metadata'],
    spec: { ...stored.spec, ...spec, containers: [{ ...stored.spec.containers[0], image, ...container }] },
  };
}

describe('the declared template is recorded', () => {
  test.each<[string, string]>([
    ['a list', list(['shop', running()])],
    ['a single object', stringify(deployment(['shop', running()]))],
    [
      'a stream of objects',
      `${stringify(deployment(['shop', running()]))}---\n${stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: {} })}`,
    ],
    ['JSON', JSON.stringify(deployment(['shop', running()]))],
    ['without defaults', list(['shop', declared])],
    [
      'restarted by kubectl',
      list(['shop', running({ annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } })]),
    ],
    [
      'restarted by Rancher',
      list(['shop', running({ annotations: { 'cattle.io/timestamp': '2026-01-01T00:00:00Z' } })]),
    ],
    ['with an empty mark', list(['shop', running({ annotations: { 'kubectl.kubernetes.io/restartedAt': null } })])],
  ])('%s', async (_, text) => {
    const { code, out, err, stable } = await record(declared, text);
    expect(code, err).toBe(0);
    expect(stable).toEqual(declared);
    expect(out).not.toContain('another value');
  });

  test('with the defaults that it spells out itself, and others left out', async () => {
    const spelledOut = spelledBy({ terminationGracePeriodSeconds: 30, hostNetwork: false, volumes: [] });
    expect((await record(spelledOut, list(['shop', running()]))).stable).toEqual(spelledOut);
  });
});

function spelledBy(spec: object): PodTemplate {
  return { ...declared, spec: { ...(declared.spec as object), ...spec } };
}

describe('what runs is recorded, spelled as declared, and the fields are told', () => {
  const container = (declared.spec as { containers: object[] }).containers[0]!;
  const with_ = (change: object, spec = {}) => ({
    ...declared,
    spec: { ...spec, containers: [{ ...container, ...change }] },
  });
  test.each<[string, Change, PodTemplate, string]>([
    ['another image', { image: 'web:v0' }, with_({ image: 'web:v0' }), 'spec.containers[0].image'],
    [
      'an image without a tag: another pull policy as well, and both by themselves',
      { image: 'web', container: { imagePullPolicy: 'Always' } },
      with_({ image: 'web' }),
      'spec.containers[0].imagePullPolicy, spec.containers[0].image',
    ],
    [
      'another value of a secret thing',
      { container: { env: [{ name: 'TOKEN', value: 'other' }] } },
      with_({ env: [{ name: 'TOKEN', value: 'other' }] }),
      'spec.containers[0].env[0].value',
    ],
    [
      'a value where declared leaves the default',
      { spec: { terminationGracePeriodSeconds: 60 } },
      with_({}, { terminationGracePeriodSeconds: 60 }),
      'spec.terminationGracePeriodSeconds',
    ],
    [
      'an annotation of somebody that is no mark of a restart',
      { annotations: { team: 'shop', 'kubectl.kubernetes.io/restartedAt': 'now' } },
      { ...declared, metadata: { labels: { app: 'web' }, annotations: { team: 'shop' } } },
      'metadata.annotations',
    ],
  ])('%s', async (_, change, stable, fields) => {
    const ran = await record(declared, list(['shop', running(change)]));
    expect(ran.code, ran.err).toBe(0);
    expect(ran.stable).toEqual(stable);
    expect(ran.out).toContain(
      `web: what is declared has another value of ${fields} than what runs: this is the first release that graylane advance will begin\n`,
    );
    expect(ran.out + ran.err).not.toContain('s3cret');
  });
});

describe('namespaces', () => {
  const [v1, v2] = [running(), running({ image: 'web:v2' })];
  test.each<[string, readonly Item[], string, string | undefined, string]>([
    ['the only one, declared without a namespace', [['shop', v1]], '', undefined, 'web:v1'],
    [
      'one of several, by -n',
      [
        ['shop', v1],
        ['test', v2],
      ],
      '-n test',
      undefined,
      'web:v2',
    ],
    [
      'one of several, as declared',
      [
        ['shop', v1],
        ['test', v2],
      ],
      '',
      'test',
      'web:v2',
    ],
    [
      'as declared, whatever -n says',
      [
        ['shop', v1],
        ['test', v2],
      ],
      '-n test',
      'shop',
      'web:v1',
    ],
    [
      'without one, as declared',
      [
        [undefined, v1],
        ['test', v2],
      ],
      '',
      undefined,
      'web:v1',
    ],
  ])('%s', async (_, items, args, namespace, image) => {
    const { stable, err } = await record(declared, list(...items), args, namespace);
    expect((stable?.spec as { containers: unknown[] } | undefined)?.containers[0], err).toMatchObject({ image });
  });

  test('several of one name are an error that lists them', async () => {
    const { code, err, stable } = await record(declared, list(['shop', v1], ['test', v2]));
    expect([code, stable]).toEqual([1, undefined]);
    expect(err).toContain('rollout web: --from: there are 2 Deployments web (workload-ambiguous)');
    expect(err).toContain('the file has shop, test');
    expect(err).toContain('with -n of record');
  });

  test('one of another namespace is none', async () => {
    const { err } = await record(declared, list(['shop', v1]), '-n other');
    expect(err).toContain('(workload-not-found)\n  allowed: Deployment shop/web');
  });
});

test('render --stable takes a dump as well', async () => {
  const yaml = readFileSync(`${process.cwd()}/examples/yaml/spring-cloud-a.yaml`, 'utf8');
  const files = ['traffic-routing', 'rollouts', 'spring-cloud-b', 'spring-cloud-a'].map(
    (name) => `${process.cwd()}/examples/yaml/${name}.yaml`,
  );
  const [app] = yaml
    .split('---')
    .map((text) => parse(text) as { kind: string; metadata: object; spec: { template: PodTemplate } });
  const dump = {
    ...app!,
    metadata: { ...app!.metadata, namespace: 'shop' },
    spec: { ...app!.spec, template: withServerDefaults(app!.spec.template) },
  };
  const folder = folderWith({ 'running.yaml': stringify(dump) });
  const args = ['render', '-f', ...files, '--rollout', 'rollout-a', '--stage', 'step-1'];
  const plain = await graylane(args, { folder });
  expect(await graylane([...args, '--stable', 'running.yaml'], { folder })).toEqual(plain);
});

describe('any template', () => {
  test('that the server has completed is the declared one', () => {
    fc.assert(
      fc.property(templates, (template) => {
        const stored = withServerDefaults(template);
        expect(comparableTemplate(stored)).toEqual(comparableTemplate(template));
        expect(withServerDefaults(stored)).toEqual(stored);
        expect(spelledAs(template, stored)).toEqual(template);
      }),
    );
  });

  test('that runs in the place of another one says the same when it is spelled as that', () => {
    fc.assert(
      fc.property(templates, templates, (template, other) => {
        const stored = withServerDefaults(other);
        const spelled = spelledAs(template, stored);
        expect(comparableTemplate(spelled)).toEqual(comparableTemplate(other));
        expect(JSON.stringify(spelled).length).toBeLessThanOrEqual(
          JSON.stringify(stored).length + JSON.stringify(template).length,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('a dump of the real API server (dumps/make.ts)', () => {
  const declaredOf = (name: string) =>
    (parse(readFileSync(join(DUMPS, `${name}.yaml`), 'utf8')) as { spec: { template: PodTemplate } }).spec.template;
  test('records what was declared', async () => {
    const template = declaredOf('declared');
    const { stable, err, out } = await record(template, readFileSync(join(DUMPS, 'running.yaml'), 'utf8'));
    expect(stable, err).toEqual(template);
    expect(out).not.toContain('another value');
  });
});
