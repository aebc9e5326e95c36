/** Who may import whom under lib/: the table of the layers, enforced. Imports of types count. */
import { readdirSync } from 'node:fs';
import type { IForbiddenRuleType } from 'dependency-cruiser' with { 'resolution-mode': 'import' };
import { expect, test } from 'vitest';

const layers: Record<string, string[]> = {
  core: [],
  gateways: ['core'],
  ledger: ['core'],
  kruise: ['core', 'gateways'],
  cluster: ['core', 'gateways'],
  simulated: ['core', 'cluster'],
  cdk8s: ['core', 'gateways', 'kruise', 'ledger'],
  pulumi: ['core', 'gateways', 'cluster'],
  cli: ['core', 'gateways', 'kruise', 'ledger', 'cluster', 'simulated'],
};

/** All that core may import from outside of lib/: nothing that reads files, the network or the clock. */
const pureLibraries = ['crypto', 'yaml'];

/** Packages that load only through the subpath of one folder, so that `import 'graylane'` needs none of them. */
const homes: Record<string, string[]> = {
  cdk8s: ['cdk8s', 'cdk8s-plus-27', 'constructs'],
  pulumi: ['@pulumi/[^/]+'],
  cluster: ['@kubernetes/client-node'],
};

test('lib/ keeps the import table', async () => {
  expect(await violations('lib')).toEqual([]);
});

test('violations of every rule are found in test/fixtures/bad-imports', async () => {
  expect(await violations('test/fixtures/bad-imports/lib')).toEqual([
    'cli/commands: one level of folders, those of the table',
    'core/spec.ts -> fs: core may import from outside crypto, yaml',
    'core/spec.ts -> gateways/registry.ts: core may import no other folder',
    'core/stages.ts -> cdk8s/canary.ts: core may import no other folder',
    'gateways/registry.ts -> @kubernetes/client-node: only cluster may import @kubernetes/client-node',
    'gateways/registry.ts -> @pulumi/pulumi: only pulumi may import @pulumi/[^/]+',
    'gateways/registry.ts -> fast-check: only what package.json gives to users',
    'index.ts -> cdk8s/canary.ts: index.ts may import core',
    'kruise/rollout.ts -> cdk8s: only cdk8s may import cdk8s, cdk8s-plus-27, constructs',
    'kruise/rollout.ts -> kruise/traffic-routing.ts: no cycle',
    'kruise/rollout.ts -> plugins/plugin.ts: kruise may import core, gateways',
    'plugins: one level of folders, those of the table',
  ]);
});

/** The name of a package instead of the file in it, whether it is installed or not. */
function packageOf(path: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path;
}

async function violations(lib: string): Promise<string[]> {
  // ESM only, so it cannot be imported at the top of a CommonJS file.
  const { cruise } = await import('dependency-cruiser');
  const { output } = await cruise([lib], {
    validate: true,
    ruleSet: { forbidden: rules(lib) },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  });
  if (typeof output === 'string') throw new Error(output);
  const imports = output.summary.violations.map(({ rule, from, to }) => `${from} -> ${packageOf(to)}: ${rule.name}`);
  return [...imports, ...strayFolders(lib)].map((line) => line.replaceAll(`${lib}/`, '')).sort();
}

function rules(lib: string): IForbiddenRuleType[] {
  return [
    ...Object.entries(layers).map(([folder, others]) => ({
      name: `${folder} may import ${others.join(', ') || 'no other folder'}`,
      from: { path: `^${lib}/${folder}/` },
      to: { path: `^${lib}/`, pathNot: `^${lib}/(${[folder, ...others].join('|')})/` },
    })),
    {
      name: `core may import from outside ${pureLibraries.join(', ')}`,
      from: { path: `^${lib}/core/` },
      to: { pathNot: [`^${lib}/`, packages(pureLibraries)] },
    },
    ...Object.entries(homes).map(([folder, names]) => ({
      name: `only ${folder} may import ${names.join(', ')}`,
      from: { path: `^${lib}/`, pathNot: `^${lib}/${folder}/` },
      to: { path: packages(names) },
    })),
    {
      name: 'index.ts may import core',
      from: { path: `^${lib}/[^/]+$` },
      to: { pathNot: `^${lib}/core/` },
    },
    {
      name: 'only what package.json gives to users',
      from: {},
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    { name: 'no cycle', from: {}, to: { circular: true } },
  ];
}

/** As installed, or by name if it is not. */
function packages(names: string[]): string {
  return `(^|node_modules/)(${names.join('|')})(/|$)`;
}

function strayFolders(lib: string): string[] {
  return readdirSync(lib, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !(entry.parentPath === lib && entry.name in layers))
    .map((entry) => `${entry.parentPath}/${entry.name}: one level of folders, those of the table`);
}
