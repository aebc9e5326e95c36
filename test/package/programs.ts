/** What users have in their projects: the program of the README, the settings of new projects, and a release of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { match, ok, throws } from 'node:assert/strict';
import type { Consumer } from './consumer';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
/** The program of the README, as a user would copy it. */
const [example] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!) as [string];

/** The same with that cdk8s-plus: a project may have any. */
export function cdk8sProgram(plus: string): string {
  return example.replace(/cdk8s-plus-\d+/, `cdk8s-plus-${plus}`);
}

export function asCommonJs(program: string): string {
  return program.replace(/import (\{.*?\}) from ('.*?');/g, 'const $1 = require($2);');
}

/** What `cdk8s init typescript-app` writes: no `exports`, no skipLibCheck, an old library. */
export const cdk8sSettings = {
  compilerOptions: {
    alwaysStrict: true,
    declaration: true,
    experimentalDecorators: true,
    inlineSourceMap: true,
    inlineSources: true,
    lib: ['es2016'],
    module: 'CommonJS',
    noEmitOnError: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    resolveJsonModule: true,
    strict: true,
    stripInternal: true,
    target: 'ES2017',
  },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
};

/** What `pulumi new kubernetes-typescript` writes. */
export const pulumiSettings = {
  compilerOptions: {
    strict: true,
    outDir: 'bin',
    target: 'es2020',
    module: 'commonjs',
    moduleResolution: 'node',
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  },
  files: ['index.ts'],
};

/** The example in a project, from the ledger of v1 to the open route of v2. */
export function playRelease(one: Consumer, file: string, build: () => void): void {
  const yaml = () => readFileSync(join(one.folder, 'dist/shop.k8s.yaml'), 'utf8');
  one.write('cdk8s.yaml', 'app: node main.js\n');
  build();
  one.run('npx', 'graylane', 'record');
  one.run('node', 'main.js');
  match(yaml(), /spring-cloud-a:v1/);
  one.write(file, readFileSync(join(one.folder, file), 'utf8').replace('spring-cloud-a:v1', 'spring-cloud-a:v2'));
  build();
  throws(() => one.run('node', 'main.js'), /ledger-behind/);
  for (const stage of ['step-1/canary', 'step-1/route']) {
    ok(one.run('npx', 'graylane', 'advance', 'rollout-a').includes(`is at ${stage}`), stage);
  }
  one.run('node', 'main.js');
  match(yaml(), /paused: true/);
  ok(yaml().includes('nginx.ingress.kubernetes.io/canary-by-header: User-Agent'));
  ok(yaml().includes('graylane.io/track: canary'));
}
