import { readFileSync } from 'node:fs';
import type { StageName } from 'graylane';
import { Chart, Include, Testing, YamlOutputType, App } from 'cdk8s';
import { expect, test } from 'vitest';
import { CanaryRollout, TrafficRoutingLane, Workload } from 'graylane/cdk8s';
import { parseRollout, parseTrafficRouting } from '../../lib/kruise';
import { folderWith, graylane, names, objects, sample } from './fixtures';

const OWN = ['Service spring-cloud-a', 'Service spring-cloud-b', 'Deployment spring-cloud-a'];
const steady = [...OWN, 'Deployment spring-cloud-b', 'Ingress spring-cloud-a'];
const withCanaries = [
  ...OWN,
  'Deployment spring-cloud-a-canary',
  'Deployment spring-cloud-b',
  'Deployment spring-cloud-b-canary',
  'Ingress spring-cloud-a',
];
const routed = [...withCanaries, 'Ingress spring-cloud-a-canary'];

const STAGES: Record<string, string[]> = {
  start: steady,
  'step-1/canary': withCanaries,
  'step-1/route': routed,
  'step-1': routed,
  'promote/stable': routed,
  'promote/unroute': withCanaries,
  stable: steady,
  'abort/stable': routed,
  'abort/unroute': withCanaries,
};

test.each(Object.entries(STAGES))('%s of the sample, in apply order', async (stage, wanted) => {
  for (const version of ['v1alpha1', 'v1beta1'] as const) {
    const { code, out, err } = await graylane(['render', '-f', ...sample(version), '--stage', stage]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(names(out)).toEqual(wanted);
  }
});

test.each(Object.keys(STAGES) as StageName[])('%s: the same objects as the constructs give', async (stage) => {
  const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP, outdir: Testing.app().outdir });
  const chart = new Chart(app, 'shop');
  const [a, b, routing, rollouts] = sample();
  const included = { a: new Include(chart, 'a', { url: a! }), b: new Include(chart, 'b', { url: b! }) };
  const { name: laneName, ...laneProps } = parseTrafficRouting(objects(readFileSync(routing!, 'utf8'))[0]!);
  const lane = new TrafficRoutingLane(chart, laneName, laneProps);
  objects(readFileSync(rollouts!, 'utf8'))
    .map(parseRollout)
    .forEach(({ name, workloadRef, steps, patchPodTemplateMetadata }, i) => {
      const workload = Workload.in(Object.values(included)[i]!, workloadRef.name);
      new CanaryRollout(chart, name, { workload, lane, steps, patchPodTemplateMetadata, stage });
    });
  const { out } = await graylane(['render', '-f', ...sample(), '--stage', stage]);
  const byName = (text: string) => new Map(objects(text).map((one) => [`${one.kind} ${one.metadata.name}`, one]));
  expect(byName(out)).toEqual(byName(app.synthYaml()));
});

test('the same input gives the same output', async () => {
  const args = ['render', '-f', ...sample(), '--stage', 'step-1'];
  expect(await graylane(args)).toEqual(await graylane(args));
});

test('documents that no stage changes are printed as they were written', async () => {
  const config = [
    '# Only read at start.',
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata: {name: settings, annotations: {a: &x "0644", b: *x}}',
    'data:',
    '  time: 12:30',
    '  switch: on # as text',
  ].join('\n');
  const kustomization = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]';
  const folder = folderWith({ 'a.yaml': `%YAML 1.1\n---\n${config}\n---\n${kustomization}\n...\n` });
  const { out, err } = await graylane(['render', '-f', `${folder}/a.yaml`, ...sample(), '--stage', 'step-1']);
  expect(err).toBe('');
  expect(out.startsWith(`${config}\n---\n`)).toBe(true);
  expect(out).toContain(`${kustomization}\n`);
  expect(out).not.toContain('%YAML');
});

test('rollouts and lanes of Kruise are not printed: its controller would act on them as well', async () => {
  const { out } = await graylane(['render', '-f', ...sample(), '--stage', 'stable']);
  expect(objects(out).filter(({ apiVersion }) => apiVersion.includes('kruise'))).toEqual([]);
});

test('--rollout: the others stay as they are', async () => {
  const { out } = await graylane(['render', '-f', ...sample(), '--stage', 'step-1', '--rollout', 'rollout-b']);
  expect(names(out)).toEqual(routed.filter((name) => name !== 'Deployment spring-cloud-a-canary'));
});

test('--stable: the template that runs now, with the rest as it is declared', async () => {
  const running = readFileSync(sample()[0]!, 'utf8').replace(':v1', ':v0').replace('replicas: 3', 'replicas: 9');
  const folder = folderWith({ 'running.yaml': running });
  const stage = (id: string) => ['render', '-f', ...sample(), '--stable', `${folder}/running.yaml`, '--stage', id];
  const image = (text: string, name: string) => {
    const { spec } = objects(text).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)!;
    const { replicas, template } = spec as {
      replicas: number;
      template: { spec: { containers: { image: string }[] } };
    };
    return `${replicas} ${template.spec.containers[0]!.image.split(':')[1]}`;
  };
  const during = (await graylane(stage('step-1'))).out;
  expect(image(during, 'spring-cloud-a')).toBe('3 v0');
  expect(image(during, 'spring-cloud-a-canary')).toBe('1 v1');
  expect(image(during, 'spring-cloud-b')).toBe('3 v1');
  expect(image((await graylane(stage('promote/stable'))).out, 'spring-cloud-a')).toBe('3 v1');
  expect(image((await graylane(stage('start'))).out, 'spring-cloud-a')).toBe('3 v0');
});

test('--gateway: every Ingress is read by that gateway', async () => {
  const [a, b, routing, rollouts] = sample();
  const [untagged] = readFileSync(routing!, 'utf8').split(/ *# optional request head/);
  const folder = folderWith({ 'lane.yaml': untagged! });
  const args = (lane: string) => ['render', '-f', a!, b!, lane, rollouts!, '--gateway', 'nginx', '--stage', 'step-1'];
  const { out, err } = await graylane(args(`${folder}/lane.yaml`));
  // nginx does not follow the lane's tag.
  expect(err).toMatch(
    /^warning: rollout-b: Deployment spring-cloud-b is in a lane whose routes do not lead to it: .*\n$/,
  );
  const ingress = objects(out).find(({ kind, metadata }) => kind === 'Ingress' && metadata.name!.endsWith('-canary'))!;
  expect(ingress.metadata.annotations).toEqual({
    'nginx.ingress.kubernetes.io/canary': 'true',
    'nginx.ingress.kubernetes.io/canary-by-header': 'User-Agent',
    'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
    'graylane.io/route': expect.stringContaining('"to":{"service":"spring-cloud-a-canary"}') as unknown,
  });
  expect(names(out)).toContain('Service spring-cloud-a-canary');
  // R12: nginx cannot set the tag.
  const refused = await graylane(args(routing!));
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('traffic-routing.yaml:22: lane mse-traffic: requestHeaderModifier.set');
});

test('a folder, a List and stdin give what the files give', async () => {
  const files = sample();
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const [wanted] = [await graylane(['render', '-f', ...files, '--stage', 'step-1'])];
  const folder = folderWith({
    ...Object.fromEntries(texts.map((text, i) => [`${i}.yaml`, text])),
    'notes.txt': 'x: y: z',
  });
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: texts.flatMap(objects) });
  const fromFolder = await graylane(['render', '-f', '.', '--stage', 'step-1'], { folder });
  const fromInput = await graylane(['render', '-f', '-', '--stage', 'step-1'], { input: texts.join('\n---\n') });
  const fromList = await graylane(['render', '-f', '-', '--stage', 'step-1'], { input: list });
  expect(fromFolder).toEqual(wanted);
  expect(objects(fromInput.out)).toEqual(objects(wanted.out));
  expect(objects(fromList.out)).toEqual(objects(wanted.out));
});

test('values keep their meaning for readers of YAML 1.1, as Kubernetes is', async () => {
  const text = readFileSync(sample()[0]!, 'utf8').replace(
    '          image:',
    '          env: [{name: A, value: "yes"}, {name: B, value: "0123"}, {name: C, value: 12:30}]\n          mode: 0644\n          image:',
  );
  const folder = folderWith({ 'a.yaml': text });
  const { out } = await graylane(['render', '-f', `${folder}/a.yaml`, ...sample().slice(1), '--stage', 'step-1']);
  const canary = out.split('---\n').find((document) => document.includes('name: spring-cloud-a-canary'))!;
  expect(canary).toContain('mode: 420');
  expect(canary).toContain('value: "yes"');
  expect(canary).toContain('value: "0123"');
  expect(canary).toContain('value: "12:30"');
});

test('a percentage is of the replicas in the Deployment', async () => {
  const rollouts = readFileSync(sample()[3]!, 'utf8').replaceAll('replicas: 1', 'replicas: 50%');
  const folder = folderWith({ 'r.yaml': rollouts });
  const { out } = await graylane(['render', '-f', ...sample().slice(0, 3), `${folder}/r.yaml`, '--stage', 'step-1']);
  const canary = objects(out).find(({ metadata }) => metadata.name === 'spring-cloud-b-canary');
  expect((canary!.spec as { replicas: number }).replicas).toBe(2);
});
