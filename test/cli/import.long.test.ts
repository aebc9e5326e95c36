import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import fc from 'fast-check';
import { format } from 'prettier';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { construction } from '../../lib/cli/programs/typescript';
import { parseRollout } from '../../lib/kruise';
import { folderWith, graylane, names, objects, sample } from './fixtures';

const REPOSITORY = process.cwd();

/** A folder with the program as `main.ts`, and the packages of this repository. */
function projectWith(program: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = folderWith({ 'main.ts': program, ...files });
  symlinkSync(`${REPOSITORY}/node_modules`, `${folder}/node_modules`);
  return folder;
}

/** Runs the program, which imports graylane's sources, and gives what it synthesizes. */
function synthesized(folder: string): string {
  execFileSync(`${REPOSITORY}/node_modules/.bin/tsx`, ['--tsconfig', `${REPOSITORY}/tsconfig.json`, 'main.ts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readFileSync(`${folder}/dist/app.k8s.yaml`, 'utf8');
}

/** Errors of strict TypeScript. */
function compile(folder: string): string[] {
  const program = ts.createProgram([`${folder}/main.ts`], {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: false,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
    typeRoots: [`${REPOSITORY}/node_modules/@types`],
    paths: { graylane: [`${REPOSITORY}/lib/index.ts`], 'graylane/*': [`${REPOSITORY}/lib/*/index.ts`] },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test.each(['v1alpha1', 'v1beta1'] as const)(
  'the sample in %s: imported, compiled, run and exported it is the same again',
  async (version) => {
    const files = sample(version);
    const { out: program, err, code } = await graylane(['import', ...files]);
    expect(code, err).toBe(0);
    expect(await format(program, { parser: 'typescript' })).toBe(program);
    const folder = projectWith(program);
    // The program in the other version differs in nothing that has a type.
    if (version === 'v1beta1') expect(compile(folder)).toEqual([]);
    const yaml = synthesized(folder);
    const exported = await graylane(['export', '-f', '-'], { input: yaml });
    const kruise = [files[2]!, files[3]!].flatMap((file) => objects(readFileSync(file, 'utf8')));
    expect(objects(exported.out)).toEqual(kruise);
    // What is not Kruise's is the same without an export.
    const own = files.slice(0, 2).flatMap((file) => objects(readFileSync(file, 'utf8')));
    expect(objects(yaml).filter(({ apiVersion }) => !apiVersion.includes('kruise'))).toEqual(own);
  },
  60_000,
);

test('without the line of its delivery the program releases as render does', async () => {
  const { out } = await graylane(['import', ...sample()]);
  const program = out
    .replace(/ *\/\/ Kruise's controller.*\n.*delivery: .*\n/g, '')
    .replace('workload: springCloudA,', 'workload: springCloudA,\n  stage: "step-1",');
  const rendered = await graylane(['render', '-f', ...sample(), '--stage', 'step-1', '--rollout', 'rollout-a']);
  expect(names(synthesized(projectWith(program))).sort()).toEqual(names(rendered.out).sort());
});

test('Kruise objects alone: the app is somewhere else', async () => {
  const { out } = await graylane(['import', ...sample().slice(2)]);
  expect(await format(out, { parser: 'typescript' })).toBe(out);
  const [a, b] = sample().map((file) => readFileSync(file, 'utf8'));
  const folder = projectWith(out, { 'manifests.yaml': `${a}\n---\n${b}` });
  expect(compile(folder)).toEqual([]);
  expect(names(synthesized(folder))).toContain('Rollout rollout-b');
});

test.each([
  ['cdk8s', []],
  ['Pulumi', ['--pulumi']],
])('to %s: a rollout does not lose its lane when the file of the lane is not named', async (_, args) => {
  const { code, out, err } = await graylane(['import', ...args, sample()[3]!]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/rollouts\.yaml:\d+: .*trafficRoutingRef/);
});

test('what Kruise ignored is said and left out', async () => {
  const rollout = `
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: default, namespace: shop}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  strategy:
    canary:
      enableExtraWorkloadForCanary: true
      trafficRoutings: [{service: app, ingress: {name: app}}]
      steps: [{replicas: 1, traffic: 5%, matches: [{headers: [{name: a, value: b}]}]}]
`;
  const { out } = await graylane(['import', '-'], { input: rollout });
  expect(out).toContain('      // Kruise ignored the traffic of 5% beside these matches.\n      matches: [');
  expect(out).not.toContain('traffic:');
  expect(await format(out, { parser: 'typescript' })).toBe(out);
});

test('names that are no identifiers, or taken, get variables of their own', async () => {
  const lane = (name: string, namespace: string) => `
apiVersion: rollouts.kruise.io/v1alpha1
kind: TrafficRouting
metadata: {name: ${name}, namespace: ${namespace}}
spec: {objectRef: [{service: s, ingress: {name: i}}], strategy: {weight: 5}}
`;
  const all = [lane('9-lane', 'a'), lane('9.lane', 'a'), lane('new', 'a'), lane('app', 'a'), lane('app', 'b')];
  const { out } = await graylane(['import', '-'], { input: all.join('---') });
  expect([...out.matchAll(/const (\w+) = new T\w+\(chart, "(.*)",/g)].map(([, used, id]) => `${used} ${id}`)).toEqual([
    '_9Lane 9-lane',
    '_9Lane2 9.lane',
    'new2 new',
    'app2 app',
    'app3 app-2',
  ]);
});

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Runs the program with Pulumi's mocks, and gives the resources that it registers, in that order. */
function registered(program: string): Registered[] {
  const runner = `
    import { runtime } from "@pulumi/pulumi";
    const resources: unknown[] = [];
    void Promise.resolve(
      runtime.setMocks({
        newResource: ({ type, name, inputs }) => {
          resources.push({ type, name, inputs });
          return { id: name, state: { ...inputs, reference: "shop/" + name } };
        },
        call: () => ({}),
      }),
    ).then(() => import("./main"));
    process.on("exit", () => process.stdout.write(JSON.stringify(resources)));
  `;
  const out = execFileSync(
    `${REPOSITORY}/node_modules/.bin/tsx`,
    ['--tsconfig', `${REPOSITORY}/tsconfig.json`, 'runner.ts'],
    { cwd: projectWith(program, { 'runner.ts': runner }), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(out) as Registered[];
}

/** Objects of Kubernetes that the program registers. */
function registeredObjects(resources: readonly Registered[]): Readonly<Record<string, unknown>>[] {
  return resources.filter(({ type }) => type.startsWith('kubernetes:')).map(({ inputs }) => inputs);
}

test.each(['v1alpha1', 'v1beta1'] as const)(
  'the sample in %s as a Pulumi program: what it registers is what Kruise was told',
  async (version) => {
    const files = sample(version);
    const { out: program, err, code } = await graylane(['import', '--pulumi', ...files]);
    expect(code, err).toBe(0);
    expect(await format(program, { parser: 'typescript' })).toBe(program);
    // The programs of both versions are the same.
    if (version === 'v1beta1') expect(compile(projectWith(program))).toEqual([]);
    const resources = registered(program);
    const inputs = (name: string) =>
      resources.find((one) => one.name === name && one.type.includes('graylane'))!.inputs;

    const [a, b, routing, rollouts] = files.map((file) => objects(readFileSync(file, 'utf8')));
    const own = [...a!, ...b!];
    const unreleased = own.filter(({ kind }) => kind !== 'Deployment');
    expect(registeredObjects(resources)).toHaveLength(unreleased.length);
    expect(registeredObjects(resources)).toEqual(expect.arrayContaining(unreleased));
    const { objectRef, strategy } = routing![0]!.spec as { objectRef: unknown; strategy: object };
    expect(inputs('mse-traffic')).toMatchObject({ objectRef, ...strategy });
    for (const rollout of rollouts!) {
      const { name, workloadRef, steps, patchPodTemplateMetadata } = parseRollout(rollout);
      const deployment = own.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === workloadRef.name)!;
      const { workload, ...rest } = inputs(name);
      expect(workload).toEqual({ metadata: deployment.metadata, spec: deployment.spec });
      expect(rest).toMatchObject({ adopt: true, lane: 'shop/mse-traffic', steps, patchPodTemplateMetadata });
    }
  },
  120_000,
);

const ROUTED = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'example.com/web:v1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: a-service-with-a-name-that-is-nearly-as-long-as-names-may-be, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 81}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: entry}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: rollouts.kruise.io/v1beta1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  strategy:
    canary:
      enableExtraWorkloadForCanary: true
      trafficRoutings: [{service: web, gateway: {httpRouteName: web}}]
      steps: [{replicas: 1, traffic: 5%}]
`;

test('a Pulumi program makes first what a release refers to, whatever its kind', async () => {
  const { out: program, err } = await graylane(['import', '--pulumi', '-'], { input: ROUTED });
  expect(err).toBe('');
  expect(await format(program, { parser: 'typescript' })).toBe(program);
  expect(compile(projectWith(program))).toEqual([]);
  expect(program).toContain('new k8s.apiextensions.CustomResource("web", {');
  expect(program).toMatch(/dependsOn: \[\s*aServiceWith\w+Service,?\s*\]/);
  const resources = registered(program);
  expect(resources.map(({ type }) => type).at(-1)).toMatch(/graylane:CanaryRollout$/);
  expect(resources.at(-1)!.inputs).toMatchObject({
    workload: { metadata: { name: 'web', namespace: 'shop' } },
    trafficRoutings: [{ service: 'web', gateway: { httpRouteName: 'web' } }],
    steps: [{ replicas: 1, traffic: '5%' }],
  });
  const own = objects(ROUTED).slice(1, 4);
  expect(registeredObjects(resources)).toEqual(expect.arrayContaining(own));
});

test('a Pulumi program holds the Deployment: it must be in the input', async () => {
  const { code, err } = await graylane(['import', '--pulumi', ...sample().slice(2)]);
  expect(code).toBe(1);
  expect(err).toContain('spring-cloud-a');
  // A lane alone is a stack of its own.
  const lane = await graylane(['import', '--pulumi', sample()[2]!]);
  expect(lane.out).toContain('new TrafficRoutingLane("mse-traffic", {\n  objectRef: {\n    service: "spring-cloud-a",');
  expect(await format(lane.out, { parser: 'typescript' })).toBe(lane.out);
});

test('names of any length leave the line as prettier does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(63), fc.nat(63), fc.constantFrom(1, 2), async (name, unique, count) => {
      const start = name === 0 ? 'new Release' : `const ${'v'.repeat(name)} = new k8s.core.v1.Service`;
      const parts = [{ a: 1 }, { dependsOn: [] }].slice(0, count);
      const text = `${construction(start, [`"${'s'.repeat(unique)}"`], ...parts)}\n`;
      expect(await format(text, { parser: 'typescript' })).toBe(text);
    }),
    { numRuns: 300 },
  );
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.string({ minLength: 40, maxLength: 90 }),
    fc.constantFrom<unknown>("it's", '"quoted"', `"both" and 'more' or "less"`, 'a\\b', 'x\ny', true, false, null),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.integer(), { maxLength: 40 }),
    fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1 })), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

test('every literal is as prettier leaves it, and means the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json, { minKeys: 1, maxKeys: 4 }),
      async (fields) => {
        const text = `${construction('take', ['chart', '"id"'], fields)}\n`;
        expect(await format(text, { parser: 'typescript' })).toBe(text);
        // eslint-disable-next-line @typescript-eslint/no-implied-eval
        const read = new Function('take', 'chart', text.replace('take(', 'return take(')) as (
          take: (chart: null, id: string, read: unknown) => unknown,
          chart: null,
        ) => unknown;
        expect(JSON.stringify(read((_, __, got) => got, null))).toBe(JSON.stringify(fields));
      },
    ),
    { numRuns: 200, endOnFailure: true },
  );
});
