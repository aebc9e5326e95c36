import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { formatStoryboard, type StoryboardRow } from 'graylane';
import { EndToEndCanary } from '../examples/end-to-end-canary/sample';
import { MeshCanary } from '../examples/mesh/sample';
import { aroundRules } from './around-rules';
import { aroundTable } from './around-table';
import { gatewayTable } from './gateway-table';
import { presetTable } from './preset-table';
import { routeRules } from './route-rules';

/** Parts of the documents that come from the code, by the name of their markers. */
export const sections: Readonly<Record<string, () => string>> = {
  storyboard: () => table(sampleStoryboard()),
  gateways: gatewayTable,
  around: aroundTable,
  presets: presetTable,
  'hop-lane': () => fenced('ts', meshLane()),
  'hop-storyboard': () => table(meshStoryboard()),
  'testing-shop': () => fenced('ts', testingExample('shop.ts').trim()),
  'testing-vitest': () => fenced('ts', testingExample('shop.test.ts').trim()),
  'testing-jest': () => fenced('ts', jestExample().trim()),
  'rollout-routes': routeRules,
  'lane-routes': routeRules,
  'rollout-around': () => aroundRules(),
  'lane-around': () => aroundRules('routes'),
  'workflow-check': () => workflow('check'),
  'workflow-release': () => workflow('release'),
};

/** The documents, and which parts each of them has. */
export const documents: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['storyboard', 'gateways'],
  'docs/how-a-release-works.md': ['around'],
  'docs/checks.md': ['presets'],
  'docs/testing.md': ['testing-shop', 'testing-vitest', 'testing-jest'],
  'docs/gateways.md': ['gateways', 'hop-lane', 'hop-storyboard'],
  'docs/github-actions-cdk8s.md': ['workflow-check', 'workflow-release'],
  'deploy/rbac.yaml': ['rollout-routes', 'rollout-around', 'lane-routes', 'lane-around'],
};

/** What stands before and after a part. */
export function markers(document: string, name: string): [string, string] {
  if (document.endsWith('.yaml')) return [`  # <${name}>`, `  # </${name}>`];
  return [`<!-- ${name} -->`, `<!-- /${name} -->`];
}

/** The release of spring-cloud-a, as `npm run demo` tells it. */
function sampleStoryboard() {
  const image = (name: string) => ({ image: `example.com/shop/${name}` });
  const { rollouts } = new EndToEndCanary(Testing.app(), { a: image('spring-cloud-a'), b: image('spring-cloud-b') });
  return rollouts.a.storyboard();
}

/** The release of spring-cloud-b behind a mesh. */
function meshStoryboard() {
  return new MeshCanary(Testing.app(), { image: 'example.com/shop/spring-cloud-b' }).rollout.storyboard();
}

/** The statement of the example that makes the lane. */
function meshLane(): string {
  const text = readFileSync(join(__dirname, '../examples/mesh/sample.ts'), 'utf8');
  return /const lane = .*?\n {4}\}\);/s.exec(text)![0].replace(/^ {4}/gm, '');
}

/** A file that `graylane init` writes. */
function workflow(name: string): string {
  const file = join(__dirname, `../deploy/github-actions/graylane-${name}.yml`);
  return fenced('yaml', readFileSync(file, 'utf8').trim());
}

/** The same test for Jest, whose functions are global. */
export function jestExample(): string {
  return testingExample('shop.test.ts').replace("import { expect, test } from 'vitest';\n", '');
}

function testingExample(file: string): string {
  return readFileSync(join(__dirname, '../examples/testing', file), 'utf8');
}

function table(storyboard: readonly StoryboardRow[]): string {
  return fenced('', formatStoryboard(storyboard).trim());
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
