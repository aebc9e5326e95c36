/** What is declared beside a new revision while stable's pods still serve: it has to fit both. */
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { GraylaneError } from '../../lib/core';
import { type Deployment, type Manifest, resolve, type RolloutSpec, warningsAround } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { printRollout } from '../../lib/kruise';
import { folderWith, graylane } from '../cli/fixtures';
import { deployment, ingress, service } from '../cluster/app';

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

test.each([['plan'], ['render', '--stage', 'step-1/canary'], ['simulate']])(
  '%s refuses before anything is printed',
  async (...command) => {
    const cases: [Deployment, Manifest, Deployment, string][] = [
      [
        web('v2', { ports: [api] }),
        to(9090),
        web('v1', { ports: [http] }),
        'spec.ports[0].targetPort: leads to port 9090',
      ],
      [web('v2', { labels: named }), selecting(named), web('v1'), 'spec.selector: selects app: web, name: web'],
      [web('v2', { labels: named, selector: both }), plain, web('v1'), "spec.selector: does not find stable's pods"],
    ];
    for (const [target, routed, running, words] of cases) {
      const declared = [target, routed, ingress('web', 'nginx'), printRollout(rollout, 'v1beta1')];
      const text = (objects: readonly object[]) => objects.map((object) => stringify(object)).join('---\n');
      const folder = folderWith({ 'app.yaml': text(declared), 'running.yaml': text([running]) });
      const { code, out, err } = await graylane([...command, '-f', 'app.yaml', '--stable', 'running.yaml'], { folder });
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(words);
      expect(err).toContain('(stable-left-out)');
    }
  },
);
