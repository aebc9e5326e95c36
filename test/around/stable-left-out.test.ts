/** What is declared beside a new revision while stable's pods still serve: it has to fit both. */
import { ApiObject, App, Chart } from 'cdk8s';
import { CanaryRollout, type CanaryRolloutProps } from 'graylane/cdk8s';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { kinds } from '../../lib/cluster';
import type { GraylaneError } from '../../lib/core';
import {
  type Deployment,
  type Manifest,
  resolve,
  revisionOf,
  type RolloutSpec,
  type StageName,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { printRollout } from '../../lib/kruise';
import { Environment } from '../cdk8s/environment';
import { newApp } from '../cdk8s/fixtures';
import { folderWith, graylane } from '../cli/fixtures';
import { deployment, ingress, service } from '../cluster/app';
import { simulated } from '../cluster/simulated.world';
import { find, getDeployment, release, userApplies } from '../cluster/world';

afterEach(() => void vi.restoreAllMocks());

interface Pods {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly object[];
  readonly selector?: object;
}

function web(version: string, { labels = { app: 'web' }, ports, selector }: Pods = {}): Deployment {
  const containers = [{ name: 'main', image: `example.com/web:${version}`, ...(ports && { ports }) }];
  return deployment('web', {
    spec: { template: { metadata: { labels }, spec: { containers } }, ...(selector && { selector }) },
  });
}

const rollout: RolloutSpec = {
  name: 'web',
  workloadRef: { name: 'web' },
  steps: [{ replicas: 1, traffic: '20%' }],
  trafficRoutings: [{ service: 'web', ingress: { classType: 'nginx', name: 'web' } }],
};

/** The refusals of a release, as `object: field`. */
function refused(stable: Deployment, target: Deployment, services: readonly Manifest[]): string[] {
  const objects = [target, ingress('web', 'nginx'), ...services];
  const { members } = resolve({ objects, lanes: [], rollouts: [rollout] }, gateways);
  const templates = { stable: stable.spec.template, target: target.spec.template };
  try {
    warningsAround(members[0]!, templates, objects);
    return [];
  } catch (error) {
    return (error as GraylaneError).problems.map(({ code, subject, path }) => `${code} ${subject.at(-1)}: ${path}`);
  }
}

const named = { app: 'web', name: 'web' };
const both = { matchLabels: named };
const http = { name: 'http', containerPort: 8080 };
const api = { name: 'api', containerPort: 9090 };
const plain = service('web', { ports: [{ port: 80 }] });
const to = (targetPort: number | string) => service('web', { ports: [{ port: 80, targetPort }] });
const selecting = (selector: Readonly<Record<string, string>>) => service('web', { selector, ports: [{ port: 80 }] });

const SELECTOR = ['stable-left-out Deployment web: spec.selector'];
const SERVICE = ['stable-left-out Service web: spec.selector'];
const PORT = ['stable-left-out Service web: spec.ports[0].targetPort'];

describe('the selector of the Deployment', () => {
  test.each<[string, Pods, Pods, string[]]>([
    ['a label more, which stable has not', {}, { labels: named, selector: both }, SELECTOR],
    ['another value', {}, { labels: { app: 'web2' }, selector: { matchLabels: { app: 'web2' } } }, SELECTOR],
    [
      'an expression',
      {},
      {
        labels: named,
        selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'name', operator: 'Exists' }] },
      },
      SELECTOR,
    ],
    ['a label more, which stable has already', { labels: named }, { labels: named, selector: both }, []],
    ['a label less', { labels: named }, { labels: { app: 'web' }, selector: { matchLabels: { app: 'web' } } }, []],
    ['as it was, with a label more on the pods', {}, { labels: named }, []],
  ])('%s', (_, stable, target, expected) => {
    const labels = target.labels ?? { app: 'web' };
    // The Service finds whatever the new pods have in common with the old ones.
    const selector = labels.app === 'web' ? { app: 'web' } : labels;
    const services = [selecting(selector)];
    expect(refused(web('v1', stable), web('v2', target), services).filter((one) => !SERVICE.includes(one))).toEqual(
      expected,
    );
  });
});

describe('the selector of a Service', () => {
  test.each<[string, Pods, Pods, Manifest, string[]]>([
    ['that only the new pods have', {}, { labels: named }, selecting(named), SERVICE],
    [
      'by their version',
      { labels: { app: 'web', v: '1' } },
      { labels: { app: 'web', v: '2' } },
      selecting({ app: 'web', v: '2' }),
      SERVICE,
    ],
    ['that both have', { labels: named }, { labels: named }, selecting(named), []],
    ['of fewer labels', { labels: named }, { labels: named, selector: both }, selecting({ name: 'web' }), []],
  ])('%s', (_, stable, target, routed, expected) => {
    expect(refused(web('v1', stable), web('v2', target), [routed])).toEqual(expected);
  });

  test('of one that no route leads to is a warning', () => {
    const other = { ...selecting(named), metadata: { name: 'next' } };
    const objects = [web('v2', { labels: named }), ingress('web', 'nginx'), plain, other];
    const { members } = resolve({ objects, lanes: [], rollouts: [rollout] }, gateways);
    const templates = { stable: web('v1').spec.template, target: web('v2', { labels: named }).spec.template };
    const told = warningsAround(members[0]!, templates, objects).filter(({ check }) => check === 'unselected-stable');
    expect(told.map(({ object }) => object.name)).toEqual(['next']);
  });
});

describe('the target port of a Service', () => {
  test.each<[string, readonly object[] | undefined, readonly object[] | undefined, Manifest, string[]]>([
    ['by a name that only the new pods have', [http], [http, api], to('api'), PORT],
    ['by a name that only stable has', [http, api], [http], to('api'), PORT],
    ['by a name that moves to another number', [http], [{ ...http, containerPort: 9090 }], to('http'), []],
    ['by a number that only the new pods list', [http], [api], to(9090), PORT],
    ['by a number that only stable lists', [http], [api], to(8080), PORT],
    ['by a number that only the new pods list, beside the old one', [http], [http, api], to(9090), []],
    ['by a number that neither lists', [http], [http], to(7070), []],
    ['by a number, where stable lists no ports', undefined, [http], to(8080), []],
    ['left out: it is the port', [{ containerPort: 80 }], [http], plain, PORT],
    ['that both have', [http], [http], to('http'), []],
  ])('%s', (_, stable, target, routed, expected) => {
    const [before, after] = [stable, target].map((ports, i) => web(`v${i + 1}`, ports ? { ports } : {}));
    expect(refused(before!, after!, [routed])).toEqual(expected);
  });
});

const changes: readonly [string, Pods, Manifest, string][] = [
  [
    "the Deployment's selector",
    { labels: named, selector: both },
    to(80),
    "spec.selector: does not find stable's pods",
  ],
  ["a Service's selector", { labels: named }, selecting(named), 'spec.selector: selects app: web, name: web, which'],
  [
    'a port by number',
    { ports: [api] },
    to(9090),
    'spec.ports[0].targetPort: leads to port 9090, which pods of stable',
  ],
  ['a port by name', { ports: [http, api] }, to('api'), 'spec.ports[0].targetPort: leads to port api, which pods of'],
];

describe.each(changes)('%s that is changed', (_, pods, routed, said) => {
  const stages = ['start', 'step-1/canary', 'promote/stable', 'stable'];
  test.each([['plan'], ['simulate'], ...stages.map((stage) => ['render', '--stage', stage])])(
    'together with v2: %s %s %s refuses before anything is printed',
    async (...command) => {
      const declared = [web('v2', pods), routed, ingress('web', 'nginx'), printRollout(rollout, 'v1beta1')];
      const running = web('v1', { ports: [http] });
      const text = (objects: readonly object[]) => objects.map((object) => stringify(object)).join('---\n');
      const folder = folderWith({ 'app.yaml': text(declared), 'running.yaml': text([running]) });
      const { code, out, err } = await graylane([...command, '-f', 'app.yaml', '--stable', 'running.yaml'], { folder });
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(said);
      expect(err).toContain('(stable-left-out)');
    },
  );

  test.each<StageName>(['start', 'step-1/canary', 'promote/stable'])(
    "together with v2: an app whose code says %s, with stable's template, does not synthesize",
    (stage) => {
      const running = web('v1', { ports: [http] }).spec.template;
      const build = (props: Partial<CanaryRolloutProps> = {}) => {
        const chart = new Chart(newApp(), 'shop');
        const objects = [web('v2', pods), routed, ingress('web', 'nginx')];
        const [workload] = objects.map((one) => new ApiObject(chart, one.kind, one));
        const { trafficRoutings = [], steps } = rollout;
        return new CanaryRollout(chart, 'web', { workload: workload!, trafficRoutings, steps, ...props });
      };
      expect(() => App.of(build({ stage, stable: running })).synthYaml()).toThrow(said);
      expect(() => build().at(stage, { stable: running })).toThrow(said);
    },
  );

  test('together with v2: up refuses before anything is applied', async () => {
    const world = await simulated.make();
    const v1 = web('v1', { ports: [http] });
    const declared = (workload: Deployment) => ({ objects: [workload], lanes: [], rollouts: [rollout] });
    await userApplies(world, [to(8080), ingress('web', 'nginx')]);
    await release(world, declared(v1));
    await userApplies(world, [routed]);
    await expect(release(world, declared(web('v2', pods)))).rejects.toThrow(said);
    expect((await getDeployment(world, 'web')).spec.template).toMatchObject(v1.spec.template);
    expect(await find(world, kinds.deployment, 'web-canary')).toBeUndefined();
  });
});

test('a Deployment that somebody has made anew with another selector is as it is declared', async () => {
  const world = await simulated.make();
  const declared = (workload: Deployment) => ({ objects: [workload], lanes: [], rollouts: [rollout] });
  await userApplies(world, [to(8080), ingress('web', 'nginx')]);
  await release(world, declared(web('v1')));
  const v2 = web('v2', { labels: named, selector: both });
  await world.user.delete({ ...kinds.deployment, name: 'web', namespace: world.namespace });
  await userApplies(world, [v2]);
  expect(await release(world, declared(v2))).toMatchObject({ stage: 'stable', stable: revisionOf(v2.spec.template) });
});

describe('an app with a ledger, in which only what is around the pods changes in mid-release', () => {
  /** The Deployment, and its Service. */
  type Code = readonly [workload: Deployment, service: Manifest];

  const build = ([workload, routed]: Code): App => {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    const [made] = [workload, routed, ingress('web', 'nginx')].map((one) => new ApiObject(chart, one.kind, one));
    const { trafficRoutings = [], steps } = rollout;
    new CanaryRollout(chart, 'web', { workload: made!, trafficRoutings, steps });
    return app;
  };
  const pods = { labels: named, ports: [http, api] };
  const v2: Code = [web('v2', pods), to('http')];
  const edits: readonly [string, Code, RegExp][] = [
    ["the Deployment's selector", [web('v2', { ...pods, selector: both }), to('http')], /does not find stable's pods/],
    ["a Service's selector", [web('v2', pods), selecting(named)], /selects app: web, name: web, which stable's pods/],
    ['a port', [web('v2', pods), to('api')], /leads to port api, which pods of stable do not have/],
  ];

  test.each(edits)('%s: refused until stable is promoted, and told on the way back', (_, edited, said) => {
    const made = new Environment<Code>(build);
    made.begin([web('v1', { ports: [http] }), to('http')]);
    for (const stage of ['step-1/canary', 'step-1/route', 'promote/stable']) {
      expect(made.advance('web', v2)).toBe(stage);
      made.synth(v2);
      expect(() => made.synth(edited)).toThrow(said);
    }
    made.abort('web', v2);
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    made.synth(edited);
    expect(told.mock.calls.join('')).toMatch(said);
  });
});
