import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { folderWith, graylane, sample } from './fixtures';

const [a, b, lane, rollouts] = sample().map((file) => readFileSync(file, 'utf8')) as [string, string, string, string];

/** Of the manifests of b. */
const LINES = b.split('\n').length - 1;

/** The sample with one file changed; `bad.yaml` is that file. */
type Change = readonly [of: 0 | 1 | 2 | 3, change: (text: string) => string | Uint8Array];

/** Few aliases, each of which stands for ten of the one before. */
const bomb = 'abcdefghij'
  .split('')
  .map(
    (name, i, all) =>
      `${name}: &${name} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*${all[i - 1]}`)).join()}]\n`,
  )
  .join('');

type Edit = (text: string) => string;
const otherLane = lane.replace('name: mse-traffic', 'name: mse').replace('value: foo', 'value: bar');
const otherWorkload = a.slice(0, a.indexOf('---')).replaceAll('spring-cloud-a', 'spring');

/** What is wrong, the error's code, its line, and what its path ends with. */
const CASES: readonly (readonly [string, Change, string, string])[] = [
  // Files.
  ['an empty file', [1, () => ''], 'bad.yaml: ', 'file-empty'],
  ['only comments', [1, () => '# nothing\n---\n'], 'bad.yaml: ', 'file-empty'],
  ['more than 5 MB', [1, () => `# ${'x'.repeat(5 * 1024 * 1024)}\n`], 'bad.yaml: ', 'file-size'],
  ['bytes that are no UTF-8', [1, () => Buffer.from([0x61, 0x3a, 0xff, 0xfe])], 'bad.yaml: ', 'file-encoding'],
  // YAML.
  ['broken YAML', [1, (text) => `${text}  - {`], `bad.yaml:${LINES + 1}: `, 'yaml-syntax'],
  ['a tab for spaces', [1, (text) => text.replace('\nspec:', '\nspec:\n\treplicas: 1')], 'bad.yaml:6: ', 'yaml-syntax'],
  ['an unknown tag', [1, (text) => text.replace('replicas: 3', 'replicas: !Ref x')], 'bad.yaml:6: ', 'yaml-syntax'],
  ['an alias to nothing', [1, (text) => text.replace('replicas: 3', 'replicas: *x')], 'bad.yaml:6: ', 'yaml-syntax'],
  [
    'a duplicate key',
    [1, (text) => text.replace('replicas: 3', 'replicas: 3\n  replicas: 4')],
    'bad.yaml:7: ',
    'yaml-duplicate-key',
  ],
  ['many aliases', [1, () => `a: &a x\nb: [${'*a, '.repeat(101)}]\n`], 'bad.yaml:2: ', 'yaml-aliases'],
  ['an alias bomb', [1, (text) => `${bomb}apiVersion: v1\nkind: X\n---\n${text}`], 'bad.yaml: ', 'yaml-aliases'],
  ['values nested without end', [1, () => '['.repeat(100_000)], 'bad.yaml:1: ', 'yaml-syntax'],
  // Objects.
  ['a document that is no object', [1, (text) => `${text}---\n- a\n`], `bad.yaml:${LINES + 2}: `, 'object-shape'],
  ['no kind', [1, (text) => text.replace('kind: Deployment\n', '')], 'bad.yaml:1: ', 'object-shape'],
  ['an object twice', [1, () => a], 'bad.yaml:1: ', 'object-duplicate'],
  [
    'a string for replicas',
    [1, (text) => text.replace('replicas: 3', 'replicas: three')],
    'bad.yaml:6: Deployment spring-cloud-b: spec.replicas: ',
    'field-type',
  ],
  [
    'no template',
    [1, (text) => text.replace(/ {2}template:[^]*?---/, '---')],
    'bad.yaml:5: Deployment spring-cloud-b: spec.template is missing ',
    'field-missing',
  ],
  [
    'a number for a label',
    [1, (text) => text.replaceAll('app: spring-cloud-b', 'app: 5')],
    'bad.yaml:9: Deployment spring-cloud-b: spec.selector.matchLabels.app: ',
    'field-type',
  ],
  [
    'no name',
    [0, (text) => text.replace('name: spring-cloud-a\nspec:\n  replicas', 'labels: {}\nspec:\n  replicas')],
    'bad.yaml:3: Deployment (without name): metadata.name is missing ',
    'field-missing',
  ],
  // Kruise.
  [
    'an unknown kind of Kruise',
    [3, (text) => text.replace('kind: Rollout', 'kind: BatchRelease')],
    'bad.yaml:3: BatchRelease rollout-a: kind: ',
    'kruise-kind',
  ],
  [
    'an unknown field',
    [3, (text) => text.replace('replicas: 1', 'replicaz: 1')],
    'bad.yaml:16: Rollout rollout-a: spec.strategy.canary.steps[0].replicaz: ',
    'field-unknown',
  ],
  [
    'a wrong type',
    [3, (text) => text.replace('pause: {}', 'pause: 5')],
    'bad.yaml:15: Rollout rollout-a: spec.strategy.canary.steps[0].pause: ',
    'field-type',
  ],
  [
    'replicas as "50"',
    [3, (text) => text.replace('replicas: 1', 'replicas: "50"')],
    'bad.yaml:16: Rollout rollout-a: steps[0].replicas: ',
    'replicas-invalid',
  ],
  [
    'another version',
    [3, (text) => text.replace('v1beta1', 'v1')],
    'bad.yaml:2: Rollout rollout-a: apiVersion: ',
    'kruise-version',
  ],
  [
    'partition style',
    [3, (text) => text.replace('Canary: true', 'Canary: false')],
    'bad.yaml:13: Rollout rollout-a: spec.strategy.canary.enableExtraWorkloadForCanary: ',
    'kruise-unsupported',
  ],
  // References.
  [
    'a lane that does not exist',
    [3, (text) => text.replace('Ref: mse-traffic', 'Ref: mse')],
    'bad.yaml:21: rollout rollout-a: trafficRoutingRef: ',
    'lane-not-found',
  ],
  [
    'a workload that does not exist',
    [3, (text) => text.replace('name: spring-cloud-a', 'name: spring')],
    'bad.yaml:10: rollout rollout-a: workloadRef.name: ',
    'workload-not-found',
  ],
  [
    'two rollouts for one workload',
    [3, (text) => text.replace('name: spring-cloud-b', 'name: spring-cloud-a')],
    'bad.yaml:32: rollout rollout-b: workloadRef.name: ',
    'workload-shared',
  ],
  [
    'a lane without matches',
    [2, (text) => text.replace(/ {4}matches:[^]*?( {4}requestHeader)/, '$1')],
    'bad.yaml:1: TrafficRouting mse-traffic: matches is missing ',
    'lane-unrouted',
  ],
  [
    'a Service that does not exist',
    [2, (text) => text.replace('service: spring-cloud-a', 'service: x')],
    'bad.yaml:7: lane mse-traffic: objectRef[0].service: ',
    'service-not-found',
  ],
  [
    'an unknown gateway',
    [2, (text) => text.replace('classType: mse', 'classType: apache')],
    'bad.yaml:9: lane mse-traffic: objectRef[0].ingress.classType: ',
    'gateway-unknown',
  ],
];

test.each(CASES)('%s', async (_, [changed, change], place, code) => {
  const texts = [a, b, lane, rollouts];
  const files: Record<string, string | Uint8Array> = { 'bad.yaml': change(texts[changed]!) };
  texts.forEach((text, i) => i !== changed && (files[`${i}.yaml`] = text));
  const folder = folderWith(files);
  const others = [0, 1, 2, 3].filter((i) => i !== changed).map((i) => `${i}.yaml`);
  const { code: exit, out, err } = await graylane(['plan', '-f', ...others, 'bad.yaml'], { folder });
  expect(err).toMatch(/^error: /);
  expect(err).toContain(`error: ${place}`);
  expect(err).toContain(`(${code})`);
  expect(err).not.toMatch(/^ +at /m);
  expect([exit, out]).toEqual([1, '']);
});

/** A refused change of the sample, and what its message says of the way out, done to it. */
const ADVICE: readonly (readonly [string, of: 0 | 1 | 2 | 3, bad: Edit, fixed: readonly Edit[]])[] = [
  [
    'replicas as "50"',
    3,
    (text) => text.replace('replicas: 1', 'replicas: "50"'),
    [(text) => text.replace('replicas: 1', 'replicas: 2'), (text) => text.replace('replicas: 1', 'replicas: "20%"')],
  ],
  [
    'two rollouts for one workload',
    3,
    (text) => text.replace('name: spring-cloud-b', 'name: spring-cloud-a'),
    [(text) => text.slice(text.indexOf('---') + 4), (text) => text.slice(0, text.indexOf('---'))],
  ],
  [
    'a lane that is not there',
    3,
    (text) => text.replace('Ref: mse-traffic', 'Ref: mse'),
    [(text) => `${text.replace('Ref: mse-traffic', 'Ref: mse')}---\n${otherLane}`],
  ],
  [
    'a workload that is not there',
    3,
    (text) => text.replace('name: spring-cloud-a', 'name: spring'),
    [(text) => `${text.replace('name: spring-cloud-a', 'name: spring')}---\n${otherWorkload}`],
  ],
  [
    'a lane without matches',
    2,
    (text) => text.replace(/ {4}matches:[^]*?( {4}requestHeader)/, '$1'),
    [(text) => text.replace(/ {4}matches:[^]*?( {4}requestHeader)/, '    weight: 20\n$1')],
  ],
  [
    'a duplicate key',
    1,
    (text) => text.replace('replicas: 3', 'replicas: 3\n  replicas: 4'),
    [(text) => text.replace('replicas: 3', 'replicas: 4')],
  ],
  [
    'aliases that are too many',
    1,
    (text) => `${text}---\napiVersion: v1\nkind: X\na: &a x\nb: [${'*a, '.repeat(101)}]\n`,
    [(text) => `${text}---\napiVersion: v1\nkind: X\na: x\nb: [${'x, '.repeat(101)}]\n`],
  ],
  [
    'labels that the selector has and the pods have not',
    1,
    (text) => text.replace('matchLabels:', 'matchLabels:\n      tier: web'),
    [
      (text) =>
        text
          .replace('matchLabels:', 'matchLabels:\n      tier: web')
          .replace(/(template:[^]*?labels:)/, '$1\n        tier: web'),
    ],
  ],
  [
    'a Deployment of another version',
    3,
    (text) => text.replace('apiVersion: apps/v1', 'apiVersion: apps/v1beta2'),
    [(text) => text],
  ],
];

test.each(ADVICE)('%s: what the message advises is taken', async (_, changed, bad, fixed) => {
  const texts = [a, b, lane, rollouts];
  const plan = (edit: Edit) => {
    const files = texts.map((text, i) => [`${i}.yaml`, i === changed ? edit(text) : text]);
    return graylane(['plan', '-f', '.'], { folder: folderWith(Object.fromEntries(files) as Record<string, string>) });
  };
  expect(await plan(bad)).toMatchObject({ code: 1 });
  for (const edit of fixed)
    expect(await plan(edit)).toMatchObject({ code: 0, err: expect.not.stringContaining('error') as string });
});

test.each([
  ['a file that is not there', ['-f', 'missing.yaml'], 'missing.yaml: it cannot be read (ENOENT) (file-unreadable)'],
  ['a folder without manifests', ['-f', '.'], 'without .yaml, .yml and .json files (file-empty)'],
  [
    'an unknown rollout',
    ['-f', ...sample(), '--rollout', 'x'],
    '--rollout: there is no rollout x (rollout-not-found)\n  allowed: rollout-a, rollout-b',
  ],
  ['no rollout at all', ['-f', ...sample().slice(0, 2)], '--rollout is missing (rollout-not-found)'],
  [
    'a stable without its Deployment',
    ['-f', ...sample(), '--stable', sample()[2]!],
    '(workload-not-found)\n  allowed: Deployment spring-cloud-a, Deployment spring-cloud-b',
  ],
  [
    'an unknown stage',
    ['-f', ...sample(), '--stage', 'step-9'],
    'rollout rollout-a: stage: there is no stage step-9 (stage-unknown)\n  allowed: start, step-1/canary',
  ],
])('%s', async (_, args, message) => {
  const folder = folderWith({ 'notes.txt': '' });
  const { code, err } = await graylane(['render', '--stage', 'step-1', ...args], { folder });
  expect(err).toContain(message);
  expect(code).toBe(1);
});
