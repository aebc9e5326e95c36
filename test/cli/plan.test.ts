import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { printRollout, printTrafficRouting } from '../../lib/kruise';
import { ingress, lane, sample as seed, service, web } from '../cluster/app';
import { folderWith, graylane, sample } from './fixtures';

/** The sample with b's new image, and rollouts with routing of their own. */
const running = () => folderWith({ 'old.yaml': readFileSync(sample()[0]!, 'utf8').replace(':v1', ':secret-v0') });

test.each(['v1alpha1', 'v1beta1'] as const)('the release of the sample as a table, from %s', async (version) => {
  const { code, out, err } = await graylane(['plan', '-f', ...sample(version), '--rollout', 'rollout-a']);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(`\n${out}`).toBe(`
rollout-a: Deployment spring-cloud-a, lane mse-traffic, by mse

STAGE             WHAT CHANGES                                       WAITS FOR                                      WHO GETS WHAT
---------------   ------------------------------------------------   --------------------------------------------   ------------------------------
start             -                                                  Deployment spring-cloud-a ready at v1          everyone -> v1
step-1/canary     ~ Deployment spring-cloud-a                        Deployment spring-cloud-a-canary ready at v2   everyone -> v1
                      paused
                  + Deployment spring-cloud-a-canary
                      1 x v2
step-1/route      + Ingress spring-cloud-a-canary                    route taken up by mse                          User-Agent: foo -> v2 (canary)
                      route User-Agent: foo, sets header x-mse-tag   grace period of 3 s over                       everyone else -> v1
                                                                     gate: approval of step 1
promote/stable    ~ Deployment spring-cloud-a                        Deployment spring-cloud-a ready at v2          User-Agent: foo -> v2 (canary)
                      v1 -> v2, not paused                                                                          everyone else -> v1, then v2
promote/unroute   - Ingress spring-cloud-a-canary                    grace period of 3 s over                       everyone -> v2
stable            - Deployment spring-cloud-a-canary                 pods of spring-cloud-a-canary gone             everyone -> v2
`);
});

test.each([
  ['extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1', { ingress: { classType: 'nginx', name: 'web' } }],
  ['networking.k8s.io/v1beta1', 'Ingress', 'networking.k8s.io/v1', { ingress: { classType: 'nginx', name: 'web' } }],
  ['networking.k8s.io/v1beta1', 'Ingress', 'networking.k8s.io/v1', { ingress: { classType: 'alb', name: 'web' } }],
  [
    'traefik.containo.us/v1alpha1',
    'IngressRoute',
    'traefik.io/v1alpha1',
    { customNetworkRefs: [{ apiVersion: 'traefik.io/v1alpha1', kind: 'IngressRoute', name: 'web' }] },
  ],
  ['networking.x-k8s.io/v1alpha1', 'HTTPRoute', 'gateway.networking.k8s.io/v1', { gateway: { httpRouteName: 'web' } }],
])('a base of an older API, %s, is named with the one that is read', async (old, kind, read, ref) => {
  const app = web([{ replicas: 1, traffic: '20%' }], {}, { trafficRoutings: [{ service: 'web', ...ref }] });
  const objects = [...app.objects, service('web'), { apiVersion: old, kind, metadata: { name: 'web' }, spec: {} }];
  const rollouts = app.rollouts.map((one) => printRollout(one, 'v1beta1'));
  const input = [...objects, ...rollouts].map((one) => stringify(one)).join('---\n');
  const { err } = await graylane(['plan', '-f', '-'], { input });
  expect(err).toContain(`there is no ${kind} web (base-not-found)`);
  expect(err).toContain(`allowed: one of ${read}: that of this name is of ${old}`);
  expect(err).toContain(`to fix:  write it as ${read}`);
});

test('an Ingress of an older version with the fields of that version is told by its version, and passes where it is no base', async () => {
  const backend = { serviceName: 'web', servicePort: 80 };
  const spec = { rules: [{ host: 'web.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] };
  const old = { apiVersion: 'networking.k8s.io/v1beta1', kind: 'Ingress', spec };
  const app = web([{ replicas: 1, traffic: '20%' }]);
  const all = (objects: readonly object[]) =>
    [...app.objects, service('web'), ...objects, ...app.rollouts.map((one) => printRollout(one, 'v1beta1'))]
      .map((one) => stringify(one))
      .join('---\n');
  const named = await graylane(['plan', '-f', '-'], { input: all([{ ...old, metadata: { name: 'web' } }]) });
  expect(named.err).toContain('that of this name is of networking.k8s.io/v1beta1');
  const beside = [ingress('web'), { ...old, metadata: { name: 'old' } }];
  const passed = await graylane(['render', '-f', '-', '--stage', 'step-1'], { input: all(beside) });
  expect(passed.code).toBe(0);
  expect(passed.out).toContain('serviceName: web');
});

test('a member of a lane to which no route leads: only calls of its canary Service get there, and it is told', async () => {
  const entry = { service: 'spring-cloud-a', ingress: { classType: 'nginx', name: 'spring-cloud-a' } };
  const { requestHeaderModifier: _, ...bare } = lane;
  const app = seed();
  const around = [service('spring-cloud-a'), service('spring-cloud-b'), ingress('spring-cloud-a', 'nginx')];
  const rollouts = app.rollouts.map((one) => printRollout(one, 'v1beta1', { laneAs: 'both' }));
  const objects = [...app.objects, ...around, printTrafficRouting({ ...bare, objectRef: [entry] }), ...rollouts];
  const input = objects.map((one) => stringify(one)).join('---\n');
  const { out, err } = await graylane(['plan', '-f', '-', '--rollout', 'rollout-b'], { input });
  expect(out).toContain('calls of spring-cloud-b-canary -> v2 (canary)');
  expect(out).not.toContain('User-Agent: foo -> v2');
  expect(err).toContain('Deployment spring-cloud-b is in a lane whose routes do not lead to it');
  const ofA = await graylane(['plan', '-f', '-', '--rollout', 'rollout-a'], { input });
  expect(ofA.out).toContain('User-Agent: foo -> v2');
});

test('the folder that the README names is an app', async () => {
  const [, command] = /`graylane (plan -f examples\/yaml)`/.exec(readFileSync('README.md', 'utf8'))!;
  const { code, out, err } = await graylane(command!.split(' '));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('rollout-a: Deployment spring-cloud-a, lane mse-traffic, by mse');
  expect(out).toContain('rollout-b: Deployment spring-cloud-b, lane mse-traffic, by mse');
});

test('R16 the plan names what changes in a template, and no value', async () => {
  const args = ['plan', '-f', ...sample(), '--stable', `${running()}/old.yaml`];
  for (const format of ['table', 'json', 'yaml']) {
    const { out } = await graylane([...args, '-o', format]);
    expect(out).toContain('image');
    expect(out).not.toContain('example.com/shop');
    expect(out).not.toContain('secret');
  }
});

test('-o json and -o yaml say the same', async () => {
  const json = await graylane(['plan', '-f', ...sample(), '-o', 'json']);
  const yaml = await graylane(['plan', '-f', ...sample(), '-o', 'yaml']);
  const planned = JSON.parse(json.out) as { rollouts: { rollout: string; stages: { stage: string }[] }[] };
  expect(parse(yaml.out)).toEqual(planned);
  expect(planned.rollouts.map(({ rollout }) => rollout)).toEqual(['rollout-a', 'rollout-b']);
  expect(planned.rollouts[0]!.stages.map(({ stage }) => stage)).toEqual([
    'start',
    'step-1/canary',
    'step-1/route',
    'promote/stable',
    'promote/unroute',
    'stable',
  ]);
});

test('--picture: every stage and who is served, in one drawing', async () => {
  const folder = folderWith({});
  const { code } = await graylane(['plan', '-f', ...sample(), '--picture', 'out.svg'], { folder });
  expect(code).toBe(0);
  const svg = readFileSync(`${folder}/out.svg`, 'utf8');
  const count = (what: string) => svg.split(what).length - 1;
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
  expect(count('<rect class="row"')).toBe(12);
  expect(count('>canary v2</text>')).toBe(4);
  expect(count('>stable v1 \u2192 v2</text>')).toBe(2);
  expect(count('waits for approval of step 1')).toBe(2);
  expect(svg).toContain('prefers-color-scheme: dark');
});

test('--picture: what users wrote cannot break the drawing', async () => {
  const hostile = readFileSync(sample()[2]!, 'utf8').replace('value: foo', `value: '<&">${'x'.repeat(80)}'`);
  const folder = folderWith({ 'lane.yaml': hostile });
  const [a, b, , rollouts] = sample();
  const files = [a!, b!, 'lane.yaml', rollouts!];
  const { err } = await graylane(['plan', '-f', ...files, '--picture', 'out.svg'], { folder });
  expect(err).toBe('');
  const svg = readFileSync(`${folder}/out.svg`, 'utf8');
  expect(svg).toContain('User-Agent: &lt;&amp;&quot;&gt;');
  expect(svg).toContain('\u2026<title>');
});

test('the picture in the documentation is the one that is drawn', async () => {
  const folder = folderWith({});
  await graylane(['plan', '-f', ...sample(), '--rollout', 'rollout-a', '--picture', 'plan.svg'], { folder });
  // If this fails: write it anew by the command above, and look at it in light and dark.
  expect(readFileSync('docs/plan.svg', 'utf8')).toBe(readFileSync(`${folder}/plan.svg`, 'utf8'));
});

test.each(['plan', 'render', 'simulate', 'import', 'export'])(
  '%s says what an expression of Kruise is searched for',
  async (command) => {
    const folder = folderWith({
      'app.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: main, image: example.com/shop:v1 }] } }
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, annotations: { kubernetes.io/ingress.class: nginx } }
spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }
`,
      'rollout.yaml': `
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: { name: shop }
spec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
  strategy:
    canary:
      enableExtraWorkloadForCanary: true
      trafficRoutings: [{ service: shop, ingress: { name: shop } }]
      steps:
        - replicas: 1
          matches: [{ headers: [{ type: RegularExpression, name: x-device, value: Tablet }] }]
`,
    });
    const files = command === 'import' ? ['app.yaml', 'rollout.yaml'] : ['-f', 'app.yaml', 'rollout.yaml'];
    const { out, err, code } = await graylane(
      [command, ...files, ...(command === 'render' ? ['--stage', 'step-1'] : [])],
      { folder },
    );
    expect(code, err).toBe(0);
    expect(err.split('\n').filter((line) => line.startsWith('note: '))).toEqual([
      'note: rollout.yaml:13: Rollout shop: spec.strategy.canary.steps[0].matches[0].headers[0].value: "Tablet" is searched for anywhere in the value, as ".*Tablet.*" is in the whole of it; to mean the whole value: "^(?:Tablet)$"',
    ]);
    expect(out).toContain(command === 'export' ? 'value: Tablet' : command === 'simulate' ? 'step-1' : '.*Tablet.*');
  },
);
