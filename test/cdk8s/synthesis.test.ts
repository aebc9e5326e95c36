/** What synthesis makes of an app: nothing of it is lost, and the same app is the same YAML. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ApiObject,
  type App,
  type AppProps,
  Chart,
  Cron,
  Include,
  JsonPatch,
  Lazy,
  Testing,
  Yaml,
  YamlOutputType,
} from 'cdk8s';
import { ConfigMap, CronJob, IngressBackend, Service, StatefulSet } from 'cdk8s-plus-27';
import type { Manifest, StageName } from 'graylane';
import { CanaryRollout, TrafficRoutingLane, Workload } from 'graylane/cdk8s';
import { describe, expect, test } from 'vitest';
import { deployment, GRAY, newApp, newFolder, object, objectsIn, synth } from './fixtures';
import { helmShop, plusShop, shopManifests, shopTemplate } from './shop';

const v1 = shopTemplate();

const stage = 'step-1';

const OUTPUTS = Object.values(YamlOutputType).filter((type) => typeof type === 'number');

/** Several charts of everything, with a rollout in some of them. */
function mixedApp(props: AppProps, graylane?: { readonly stage?: StageName }): App {
  const app = newApp(props);
  const shop = new Chart(app, 'shop', { namespace: 'shop', labels: { team: 'shop' } });
  const { workload, service, ingress } = plusShop(shop, 'v2');
  new StatefulSet(shop, 'db', {
    service: new Service(shop, 'db-service', { ports: [{ port: 5432 }] }),
    containers: [{ image: 'db:v1' }],
  });
  new ConfigMap(shop, 'config', { data: { multi: 'a\nb', yes: 'on', number: '007', empty: '' } });
  const jobs = new Chart(app, 'jobs', { disableResourceNameHashes: true });
  new CronJob(jobs, 'clean', { schedule: Cron.hourly(), containers: [{ image: 'x' }] });
  const vendor = new Chart(app, 'vendor');
  const helm = helmShop(vendor, 'v1', (text) => text.replaceAll('name: web', 'name: vendor'));
  new Include(vendor, 'more', { url: yamlFile() });
  new ApiObject(vendor, 'own', {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'own', annotations: { a: 'b' } },
    spec: {
      empty: {},
      list: [],
      lazy: Lazy.any({ produce: () => ({ at: 'last' }) }) as unknown,
      text: '*not an alias',
    },
  }).addJsonPatch(JsonPatch.add('/spec/patched', true));
  vendor.addDependency(shop);
  if (graylane) {
    const lane = new TrafficRoutingLane(shop, 'lane', {
      objectRef: { service, ingress: { classType: 'mse', name: ingress } },
      matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    });
    new CanaryRollout(shop, 'rollout-shop', { workload, lane, steps: [{ replicas: 1 }], stable: v1, ...graylane });
    new CanaryRollout(new Chart(app, 'releases'), 'rollout-vendor', {
      workload: Workload.in(helm, 'vendor'),
      steps: [{ replicas: '50%' }],
      ...graylane,
    });
  }
  return app;
}

function yamlFile(): string {
  const file = join(newFolder(), 'more.yaml');
  Yaml.save(file, [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'more' }, spec: { replicas: 0 } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'more' },
      spec: { type: 'ExternalName', externalName: 'x.y' },
    },
  ]);
  return file;
}

/** The files of a synthesis with their texts. */
function files(app: App): Record<string, string> {
  app.synth();
  const names = readdirSync(app.outdir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(app.outdir, name), 'utf8')]));
}

describe('a steady app', () => {
  test.each(OUTPUTS)('is byte for byte what it is without graylane, in output type %s', (yamlOutputType) => {
    const without = files(mixedApp({ yamlOutputType }));
    const withRollouts = files(mixedApp({ yamlOutputType }, {}));
    // The chart of the rollouts alone has no objects.
    delete withRollouts['0003-releases.k8s.yaml'];
    expect(withRollouts).toEqual(without);
  });

  test('is what it is without graylane by synthYaml, Testing.synth and toJson, again and again', () => {
    const [without, withRollouts] = [mixedApp({}), mixedApp({}, {})];
    const charts = (app: App) => app.charts.filter(({ node }) => node.id !== 'releases');
    const expected = without.synthYaml();
    const json = charts(mixedApp({})).map((chart) => chart.toJson() as unknown);
    for (let again = 0; again < 3; again++) {
      expect(withRollouts.synthYaml()).toBe(expected);
      expect(charts(withRollouts).map((chart) => Testing.synth(chart) as unknown)).toEqual(json);
      expect(charts(withRollouts).map((chart) => chart.toJson() as unknown)).toEqual(json);
    }
  });

  test('gets the set-up of its lane, and nothing else', () => {
    const lane = (app: App) => {
      const chart = new Chart(app, 'shop');
      const { workload, service, ingress } = plusShop(chart);
      return { chart, workload, objectRef: { service, ingress: { classType: 'mse', name: ingress } } };
    };
    const without = newApp();
    lane(without);
    const app = newApp();
    const { chart, workload, objectRef } = lane(app);
    new CanaryRollout(chart, 'rollout', {
      workload,
      lane: new TrafficRoutingLane(chart, 'lane', {
        objectRef,
        weight: 5,
        requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
      }),
      steps: [{ replicas: 1 }],
      patchPodTemplateMetadata: { labels: GRAY },
    });
    const setUp = '  annotations:\n    mse.ingress.kubernetes.io/service-subset: ""\n';
    expect(app.synthYaml()).toBe(without.synthYaml().replace('kind: Ingress\nmetadata:\n', `$&${setUp}`));
  });
});

describe('an app in mid-release', () => {
  test.each(OUTPUTS)('has the same objects in output type %s', (yamlOutputType) => {
    const all = objectsIn(mixedApp({}, { stage }).synthYaml());
    const written = Object.values(files(mixedApp({ yamlOutputType }, { stage })));
    const found = new Map(written.flatMap((text) => [...objectsIn(text)]));
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(all));
    expect([...all.keys()].filter((name) => name.includes('canary')).sort()).toEqual([
      'Deployment/vendor-canary',
      'shop/Deployment/web-canary',
      'shop/Ingress/web-canary',
      'shop/Service/web-canary',
    ]);
  });

  test('is the same twice in one process, and synthesized again', () => {
    const app = mixedApp({}, { stage });
    const first = app.synthYaml();
    expect(app.synthYaml()).toBe(first);
    expect(mixedApp({}, { stage }).synthYaml()).toBe(first);
  });

  test('is the same in two processes', () => {
    const main = join(__dirname, '..', '..', 'examples', 'end-to-end-canary', 'main.ts');
    const run = () => {
      const CDK8S_OUTDIR = newFolder();
      const env = { ...process.env, CDK8S_OUTDIR, STAGE_A: 'step-1', STAGE_B: 'promote/stable' };
      execFileSync(process.execPath, ['--import', 'tsx', main], { env });
      return readFileSync(join(CDK8S_OUTDIR, 'app.k8s.yaml'), 'utf8');
    };
    const first = run();
    expect(first).toContain('spring-cloud-b-canary');
    expect(run()).toBe(first);
  });

  test('does not depend on the order of its constructs', () => {
    const build = (order: readonly number[]) => {
      const app = newApp();
      const chart = new Chart(app, 'shop');
      let lane!: TrafficRoutingLane;
      const objects = shopManifests('v2').map((manifest) => () => void new ApiObject(chart, manifest.kind, manifest));
      const objectRef = { service: 'web', ingress: { classType: 'mse', name: 'web' } };
      const parts = [...objects, () => (lane = new TrafficRoutingLane(chart, 'lane', { objectRef, weight: 20 }))];
      for (const i of order) parts[i]!();
      const workload = Workload.in(chart, 'web');
      new CanaryRollout(chart, 'rollout', { workload, lane, steps: [{ replicas: 1 }], stage, stable: v1 });
      return Object.fromEntries(synth(app));
    };
    const expected = build([0, 1, 2, 3]);
    for (const order of [
      [3, 2, 1, 0],
      [1, 3, 0, 2],
      [2, 0, 3, 1],
    ])
      expect(build(order)).toEqual(expected);
    expect(Object.keys(expected)).toContain('Ingress/web-canary');
  });

  test("objects of ours stand where their base stands, with our chart's labels", () => {
    const app = newApp();
    const shop = new Chart(app, 'shop', { namespace: 'shop' });
    const { workload, service } = plusShop(shop, 'v2');
    const edge = new Chart(app, 'edge', { namespace: 'shop' });
    const base = object(synth(plainShop()), 'Ingress/web');
    const ingress = new ApiObject(edge, 'ingress', { ...base, metadata: { name: 'edge' } });
    const releases = new Chart(app, 'releases', { namespace: 'elsewhere', labels: { team: 'releases' } });
    const lane = new TrafficRoutingLane(releases, 'lane', {
      objectRef: { service, ingress: { classType: 'mse', name: ingress } },
      weight: 20,
    });
    new CanaryRollout(releases, 'rollout', { workload, lane, steps: [{ replicas: 1 }], stage });
    const ours = (Testing.synth(releases) as Manifest[]).map(({ kind, metadata }) => [
      kind,
      metadata.namespace,
      metadata.labels,
    ]);
    expect(ours.sort()).toEqual([
      ['Deployment', 'shop', { team: 'releases', 'graylane.io/rollout': 'rollout' }],
      ['Ingress', 'shop', { team: 'releases', 'graylane.io/lane': 'lane' }],
      ['Service', 'shop', { team: 'releases', 'graylane.io/rollout': 'rollout' }],
    ]);
  });

  test('a chart with a namespace keeps ours out of it where the base has none', () => {
    const app = newApp();
    const { workload } = plusShop(new Chart(app, 'shop'), 'v2');
    new CanaryRollout(new Chart(app, 'releases', { namespace: 'elsewhere' }), 'rollout', {
      workload,
      steps: [{ replicas: 1 }],
      stage,
    });
    expect([...synth(app).keys()]).toContain('Deployment/web-canary');
  });
});

function plainShop(): App {
  const app = newApp();
  plusShop(new Chart(app, 'shop'));
  return app;
}

describe('what the user changes later', () => {
  function release() {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const shop = plusShop(chart, 'v2');
    const lane = new TrafficRoutingLane(chart, 'lane', {
      objectRef: { service: 'web', ingress: { classType: 'mse', name: 'web' } },
      weight: 20,
    });
    new CanaryRollout(chart, 'rollout', { workload: shop.workload, lane, steps: [{ replicas: 1 }], stage, stable: v1 });
    return { app, chart, ...shop };
  }

  test('after our constructs is seen', () => {
    const { app, workload, ingress, service } = release();
    workload.addContainer({ image: 'proxy:v1', name: 'proxy' });
    workload.metadata.addAnnotation('later', 'yes');
    ApiObject.of(workload).addJsonPatch(JsonPatch.add('/spec/revisionHistoryLimit', 3));
    ingress.addHostRule('later.example.com', '/', IngressBackend.fromService(service));
    const objects = synth(app);
    const [stable, canary] = [deployment(objects, 'web'), deployment(objects, 'web-canary')];
    expect(stable.metadata.annotations).toEqual({ later: 'yes', team: 'shop' });
    expect(stable.spec).toMatchObject({ revisionHistoryLimit: 3, template: v1 });
    expect(canary.spec).toMatchObject({ revisionHistoryLimit: 3 });
    expect((canary.spec.template.spec as { containers: unknown[] }).containers).toHaveLength(2);
    expect(hosts(object(objects, 'Ingress/web-canary'))).toEqual(['shop.example.com', 'later.example.com']);
  });

  test('between two syntheses is right in the second', () => {
    const { app, workload, ingress, service } = release();
    synth(app);
    workload.addContainer({ image: 'proxy:v1', name: 'proxy' });
    ingress.addHostRule('later.example.com', '/', IngressBackend.fromService(service));
    const again = release();
    again.workload.addContainer({ image: 'proxy:v1', name: 'proxy' });
    again.ingress.addHostRule('later.example.com', '/', IngressBackend.fromService(again.service));
    expect(app.synthYaml()).toBe(again.app.synthYaml());
  });

  test('is seen by a single chart that is synthesized alone', () => {
    const { app, chart, workload } = release();
    const images = () =>
      (Testing.synth(chart) as Manifest[]).filter(({ kind }) => kind === 'Deployment').map((one) => imagesOf(one));
    expect(images()).toEqual([['web:v1'], ['web:v2']]);
    synth(app);
    workload.addContainer({ image: 'proxy:v1', name: 'proxy' });
    expect(images()).toEqual([['web:v1'], ['web:v2', 'proxy:v1']]);
  });

  test('an object that prints itself goes on to do so', () => {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const { workload } = plusShop(chart, 'v2');
    const resource = ApiObject.of(workload);
    const declared = resource.toJson.bind(resource);
    resource.toJson = (): unknown => ({ ...(declared() as object), extra: true });
    new CanaryRollout(chart, 'rollout', { workload, steps: [{ replicas: 1 }], stage, stable: v1 });
    for (let again = 0; again < 2; again++)
      expect(deployment(synth(app), 'web')).toMatchObject({ extra: true, spec: { paused: true } });
    expect(resource.toJson()).toHaveProperty('extra');
  });
});

function imagesOf({ spec }: Manifest): string[] {
  const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
  return template.spec.containers.map((container) => container.image);
}

function hosts({ spec }: Manifest): string[] {
  return (spec as { rules: { host: string }[] }).rules.map(({ host }) => host);
}
