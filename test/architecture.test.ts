/** Who may import whom under lib/: the table of the layers, enforced. Imports of types count. */
import { readdirSync, readFileSync } from 'node:fs';
import type { IForbiddenRuleType } from 'dependency-cruiser' with { 'resolution-mode': 'import' };
import { expect, test } from 'vitest';

const layers: Record<string, string[]> = {
  core: [],
  gateways: ['core'],
  ledger: ['core'],
  kruise: ['core', 'gateways'],
  cluster: ['core', 'gateways'],
  simulated: ['core', 'cluster'],
  notify: ['core', 'cluster'],
  cdk8s: ['core', 'gateways', 'kruise', 'ledger'],
  pulumi: ['core', 'gateways', 'cluster', 'notify'],
  cli: ['core', 'gateways', 'kruise', 'ledger', 'cluster', 'simulated', 'notify'],
};

/** Rooms of a folder: what of the same folder each may import. Files of the folder itself may import them all. */
const rooms: Record<string, Record<string, string[]>> = {
  core: {
    manifests: [],
    specs: ['manifests'],
    checks: ['manifests', 'specs'],
    conditions: ['manifests', 'specs', 'checks'],
    release: ['manifests', 'specs', 'conditions'],
    routes: ['manifests', 'specs'],
    app: ['manifests', 'specs', 'checks', 'conditions', 'release', 'routes'],
    around: ['manifests', 'specs', 'release', 'routes', 'app'],
    storyboard: ['manifests', 'specs', 'conditions', 'release', 'routes', 'app'],
  },
  gateways: {
    writing: [],
    ingress: ['writing'],
    'http-route': ['writing'],
    'virtual-service': ['writing'],
    traefik: ['writing'],
  },
  cluster: {
    port: [],
    client: ['port'],
    records: ['port'],
    run: ['port', 'records'],
    objects: ['port', 'records', 'run'],
    routes: ['port', 'records', 'run', 'objects'],
    walk: ['port', 'records', 'run', 'objects', 'routes'],
  },
  pulumi: {
    resources: [],
    host: [],
    lifecycle: ['host'],
    'resource-kinds': ['host', 'lifecycle'],
  },
  cli: {
    terminal: [],
    input: ['terminal'],
    output: ['terminal', 'input'],
    programs: ['input'],
    commands: ['terminal', 'input', 'output', 'programs'],
  },
};

/** Files of a folder that its rooms may import although they are in none. */
const common: Record<string, string[]> = { core: ['errors', 'answer'], pulumi: ['state', 'errors'], cli: ['errors'] };

/** All that core may import from outside of lib/: nothing that reads files, the network or the clock. */
const pureLibraries = ['crypto', 'jsonpath-rfc9535', 'valibot', 'yaml'];

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
    'cli/views: two levels of folders, those of the tables',
    'core/release/stages.ts -> cdk8s/canary.ts: core may import no other folder',
    'core/specs/spec.ts -> core/release/stages.ts: core/specs may import manifests, errors, answer',
    'core/specs/spec.ts -> fs: core may import from outside crypto, jsonpath-rfc9535, valibot, yaml',
    'core/specs/spec.ts -> gateways/registry.ts: core may import no other folder',
    'gateways/registry.ts -> @kubernetes/client-node: only cluster may import @kubernetes/client-node',
    'gateways/registry.ts -> @pulumi/pulumi: only pulumi may import @pulumi/[^/]+',
    'gateways/registry.ts -> fast-check: only what package.json gives to users',
    'index.ts -> cdk8s/canary.ts: index.ts may import core',
    'kruise/rollout.ts -> cdk8s: only cdk8s may import cdk8s, cdk8s-plus-27, constructs',
    'kruise/rollout.ts -> kruise/traffic-routing.ts: no cycle',
    'kruise/rollout.ts -> plugins/plugin.ts: kruise may import core, gateways',
    'plugins: two levels of folders, those of the tables',
  ]);
});

/** Types that users of cdk8s and of Pulumi have under the same name. */
const ofBothFronts = ['CanaryRollout', 'CanaryRolloutArgs', 'TrafficRoutingLane', 'Ledger', 'Workload'];

test('a type has a name of its own: nobody asks which of two is meant', () => {
  const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const names = files.flatMap((file) =>
    [...readFileSync(`lib/${file}`, 'utf8').matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)].map(
      ([, name]) => name!,
    ),
  );
  const twice = names.filter((name, i) => names.indexOf(name) < i && !ofBothFronts.includes(name));
  expect(twice).toEqual([]);
});

test('the glossary has 30 words at most', () => {
  const [, rows] = /^## Words\n[^]*?\| --- \| --- \|\n((?:\|.*\n)+)/m.exec(readFileSync('ARCHITECTURE.md', 'utf8'))!;
  const words = [...rows!.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, word]) => word!.split(', '));
  expect(new Set(words).size).toBe(words.length);
  expect(words.length).toBeGreaterThan(20);
  expect(words.length).toBeLessThanOrEqual(30);
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
    ...Object.entries(rooms).flatMap(([folder, inside]) =>
      Object.entries(inside).map(([room, others]) => ({
        name: `${folder}/${room} may import ${[...others, ...(common[folder] ?? [])].join(', ') || 'no other room'}`,
        from: { path: `^${lib}/${folder}/${room}/` },
        to: {
          path: `^${lib}/${folder}/`,
          pathNot: `^${lib}/${folder}/((${[room, ...others].join('|')})/|(${(common[folder] ?? ['-']).join('|')})[.]ts)`,
        },
      })),
    ),
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
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(lib.length + 1))
    .filter((folder) => !isRoom(folder))
    .map((folder) => `${folder}: two levels of folders, those of the tables`);
}

function isRoom(folder: string): boolean {
  const [layer, room, ...deeper] = folder.split('/');
  return deeper.length === 0 && layer! in layers && (room === undefined || room in (rooms[layer!] ?? {}));
}
