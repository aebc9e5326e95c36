/** The manifests of a stage for tests: those that a synthesis prints there, and nothing else of the app is touched. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type App, Chart, JsonPatch } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { type Manifest, newLedger, type StageName } from 'graylane';
import { CanaryRollout, Ledger } from 'graylane/cdk8s';
import { writeLedger } from 'graylane/ledger';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { deployment, errorOf, image, newApp, newFolder, object, sample, synth, templateOf } from './fixtures';
import { plusShop, shopTemplate } from './shop';

const stable = templateOf('a', 'a:v1');
const v1 = { image: 'a:v1' };
const v2 = { image: 'a:v2' };

const printed = (app: App) => parseAllDocuments(app.synthYaml()).map((document) => document.toJS() as Manifest);

/** What is printed with the stage among the props: the oracle. */
function printedAt(stage: StageName, b: { image: string; stage?: StageName } = { image: 'b:v1' }): Manifest[] {
  return printed(sample({ a: { ...v2, stage, stable }, b }).app);
}

const { stages } = sample({ a: v2 }).chart.rollouts.a;

test('the stages of a rollout are those of its release and of the way back', () => {
  expect(stages).toEqual([
    'start',
    'step-1/canary',
    'step-1/route',
    'promote/stable',
    'promote/unroute',
    'stable',
    'abort/stable',
    'abort/unroute',
  ]);
});

describe('the manifests are those of a synthesis', () => {
  test.each([...stages, 'step-1', 'promote', 'abort'] as const)('at %s', (stage) => {
    const { app, chart } = sample({ a: v2 });
    const before = app.synthYaml();
    expect(chart.rollouts.a.at(stage, { stable })).toEqual(printedAt(stage));
    expect(app.synthYaml()).toBe(before);
  });

  test('a step means its gate: the route is open', () => {
    const { rollouts } = sample({ a: v2 }).chart;
    expect(rollouts.a.at('step-1', { stable })).toEqual(rollouts.a.at('step-1/route', { stable }));
  });

  test("the workload's own template is stable's, unless it is given", () => {
    const { rollouts } = sample({ a: v2 }).chart;
    expect(rollouts.a.at('step-1')).toEqual(rollouts.a.at('step-1', { stable: templateOf('a', 'a:v2') }));
  });

  test('stable may be a workload of another app', () => {
    const chart = new Chart(newApp(), 'shop');
    const rollout = new CanaryRollout(chart, 'rollout', { ...plusShop(chart, 'v2'), steps: [{ replicas: 1 }] });
    const { workload } = plusShop(new Chart(newApp(), 'shop'), 'v1');
    expect(rollout.at('step-1', { stable: workload })).toEqual(rollout.at('step-1', { stable: shopTemplate('v1') }));
  });

  test('of all charts, in their order, with their labels and namespaces', () => {
    const app = newApp();
    const [last, first] = [new Chart(app, 'last', { labels: { team: 'shop' } }), new Chart(app, 'first')];
    const config = new ApiObject(first, 'config', { apiVersion: 'v1', kind: 'ConfigMap' });
    const { workload } = plusShop(last, 'v2');
    ApiObject.of(workload).addDependency(config);
    const rollout = new CanaryRollout(last, 'rollout', { workload, steps: [{ replicas: 1 }] });
    const objects = rollout.at('step-1');
    expect(objects[0]!.kind).toBe('ConfigMap');
    expect(objects.find(({ metadata }) => metadata.name === 'web-canary')!.metadata.labels).toMatchObject({
      team: 'shop',
    });
  });
});

describe('where the rollout stands otherwise does not matter', () => {
  test('in code', () => {
    const { app, chart } = sample({ a: { ...v2, stage: 'promote/stable' } });
    const before = app.synthYaml();
    expect(chart.rollouts.a.at('step-1', { stable })).toEqual(printedAt('step-1'));
    expect(app.synthYaml()).toBe(before);
  });

  test('in its ledger, be there none or one of another template; nothing is recorded, and nothing warned of', () => {
    const { app, chart } = sample({ a: v2 });
    const folder = newFolder();
    Ledger.fromFolder(app, folder);
    writeLedger(folder, 'rollout-b', newLedger(templateOf('b', 'b:v1')));
    const recording = join(newFolder(), 'recording.json');
    const wanted = printedAt('step-1');
    const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    vi.stubEnv('GRAYLANE_RECORD', recording);
    expect(chart.rollouts.a.at('step-1', { stable })).toEqual(wanted);
    vi.unstubAllEnvs();
    expect(chart.rollouts.a.at('step-1', { stable })).toEqual(wanted);
    expect(existsSync(recording)).toBe(false);
    expect(warned).not.toHaveBeenCalled();
    expect(errorOf(() => app.synth()).code).toBe('ledger-missing');
  });

  test('other rollouts keep the stage that they have', () => {
    const b = { image: 'b:v2', stage: 'step-1/canary' } as const;
    const { rollouts } = sample({ a: v2, b }).chart;
    expect(rollouts.a.at('step-1', { stable })).toEqual(printedAt('step-1', b));
  });

  test('one stage after the other', () => {
    const { app, chart } = sample({ a: v2 });
    for (const stage of [...stages, ...[...stages].reverse()]) {
      expect(chart.rollouts.a.at(stage, { stable })).toEqual(printedAt(stage));
    }
    const objects = synth(app);
    expect(image(deployment(objects, 'spring-cloud-a').spec.template)).toBe('a:v2');
    expect([...objects.keys()]).not.toContain('Deployment/spring-cloud-a-canary');
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('what is wrong', () => {
  test('an unknown stage: the error lists those that there are, and the app prints what it printed', () => {
    const { app, chart } = sample({ a: v1 });
    const before = app.synthYaml();
    const error = errorOf(() => chart.rollouts.a.at('step-7'));
    expect(error.message).toContain(`shop/rollout-a: stage: there is no stage step-7; allowed: ${stages.join(', ')}`);
    expect(app.synthYaml()).toBe(before);
  });

  test('a stage that is not given, in a program without types', () => {
    const { chart } = sample({ a: { ...v1, stage: 'step-1' } });
    const { message } = errorOf(() => chart.rollouts.a.at(undefined as unknown as StageName));
    expect(message).toContain('shop/rollout-a: stage is missing; allowed: start, step-1/canary');
  });

  test('a workload that is no Deployment', () => {
    const { chart } = sample({ a: v1 });
    const job = new ApiObject(new Chart(newApp(), 'jobs'), 'job', { apiVersion: 'batch/v1', kind: 'Job' });
    const { code, message } = errorOf(() => chart.rollouts.a.at('step-1', { stable: job }));
    expect(code).toBe('workload-kind');
    expect(message).toContain('shop/rollout-a: stable: "batch/v1 Job"');
  });

  test('with Argo CD, without the template that runs', () => {
    const chart = new Chart(newApp(), 'shop');
    const { workload } = plusShop(chart);
    const rollout = new CanaryRollout(chart, 'rollout', { workload, delivery: 'argocd', steps: [{ replicas: 1 }] });
    expect(errorOf(() => rollout.at('step-1')).code).toBe('stable-missing');
    expect(rollout.at('step-1', { stable: workload }).map(({ kind }) => kind)).toContain('Deployment');
  });

  test('what a synthesis refuses', () => {
    const chart = new Chart(newApp(), 'shop');
    const workload = new Deployment(chart, 'web', { containers: [{ image: 'x' }] });
    ApiObject.of(workload).addJsonPatch(JsonPatch.add('/spec/paused', true));
    const rollout = new CanaryRollout(chart, 'rollout', { workload, steps: [{ replicas: 1 }] });
    expect(errorOf(() => rollout.at('step-1')).code).toBe('workload-paused');
  });
});

test('objects that are changed are given as plain ones', () => {
  const { app, chart } = sample({ a: v2 });
  const [first] = chart.rollouts.a.at('step-1', { stable });
  expect(Object.getPrototypeOf(first)).toBe(Object.prototype);
  expect(object(synth(app), 'Ingress/spring-cloud-a')).toBeDefined();
});
