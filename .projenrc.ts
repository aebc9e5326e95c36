import { javascript, typescript } from 'projen';

/** What a consumer may import as `graylane/NAME`, and where it is; `exports` and `typesVersions` follow from it. */
const subpaths = {
  cdk8s: 'build/cdk8s/index',
  gateways: 'build/gateways/index',
  ledger: 'build/ledger/index',
  pulumi: 'build/pulumi/index',
  // What Pulumi's process of dynamic resources runs.
  'pulumi/provider': 'build/pulumi/provider',
};

/** Packages that only some consumers have: a development dependency at one version, an optional peer in a range. */
const optionalPeers = [
  // 2 needs Node 22.
  { name: '@kubernetes/client-node', developedWith: '1.4.0', accepted: '^1.4.0 || ^2.0.0' },
  // Before 4.17 it waits for pods of a Service that has none, such as that of a canary before its release.
  { name: '@pulumi/kubernetes', developedWith: '4.34.2', accepted: '^4.17.0' },
  { name: '@pulumi/pulumi', developedWith: '3.248.0', accepted: '^3.160.0' },
  { name: 'cdk8s', developedWith: '2.70.106', accepted: '^2.70.0' },
  { name: 'cdk8s-plus-27', developedWith: '2.9.5', accepted: '^2.9.0' },
  { name: 'constructs', developedWith: '10.8.1', accepted: '^10.3.0' },
];

const scripts = {
  build: 'rm -rf build && tsc -p tsconfig.build.json',
  typecheck: 'tsc -p tsconfig.json',
  lint: 'eslint . && prettier --check "**/*.{ts,mts,mjs}"',
  format: 'eslint --fix . && prettier --write "**/*.{ts,mts,mjs}"',
  test: 'tsx test/run.ts',
  'test:unit': 'tsx test/run.ts unit',
  'test:nightly': 'tsx test/run.ts nightly bad-days bot',
  'test:matrix': 'tsx test/package/matrix.ts',
  demo: 'tsx examples/end-to-end-canary/demo.ts',
  bench: 'npm run --silent build && tsx bench/main.ts',
  'bench:checks': 'tsx bench/checks/main.ts',
  docs: 'tsx docs/readme.ts',
  explore: 'tsx test/explore/main.ts',
  prepack: 'npm run build',
  projen: 'projen',
};

const project = new typescript.TypeScriptProject({
  name: 'graylane',
  description: 'End-to-end canary releases for Kubernetes, as constructs for cdk8s and Pulumi',
  keywords: ['kubernetes', 'canary', 'progressive-delivery', 'rollout', 'cdk8s', 'pulumi'],
  license: 'Apache-2.0',
  minNodeVersion: '20.0.0',
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,

  srcdir: 'lib',
  // Not `dist`: that collides with the folder projen packs into.
  libdir: 'build',
  testdir: 'test',
  entrypoint: 'build/index.js',

  projenrcTs: true,
  // With a runner given here, projen checks .projenrc.ts by no tsconfig of its own; `npm run typecheck` covers it.
  projenrcTsOptions: { runner: typescript.TypeScriptRunner.tsx() },
  typescriptVersion: '~6.0.3',
  // commander 15 needs Node 22.
  deps: ['commander@^14', 'jsonpath-rfc9535@^1.3', 'valibot@^1.5', 'yaml@^2.9.0'],
  peerDeps: optionalPeers.map(({ name, accepted }) => `${name}@${accepted}`),
  peerDependencyOptions: { pinnedDevDependency: false },
  devDeps: [
    ...optionalPeers.map(({ name, developedWith }) => `${name}@${developedWith}`),
    '@arethetypeswrong/cli@~0.18.5',
    '@eslint/js@^10',
    // 18 and later need Node 22.
    'dependency-cruiser@~17.4.3',
    'eslint@^10',
    'fast-check@^4',
    'jq-wasm@^1',
    'publint@~0.3.25',
    'tsx@^4.23',
    'typescript-eslint@^8.73',
    // 5 needs Node 22.
    'vitest@4.1.12',
  ],

  // tsconfig.json is what editors, eslint, tsx and the type check see: everything. Only lib/ is emitted.
  tsconfigDevFile: 'tsconfig.json',
  tsconfigDev: {
    include: ['**/*.mts', '.projenrc.ts'],
    exclude: ['**/node_modules', 'build', 'examples/**/dist', 'projenrc', 'test/fixtures'],
    compilerOptions: {
      incremental: true,
      tsBuildInfoFile: '.cache/tsconfig.tsbuildinfo',
      // Examples, demo and tests import `graylane/...` as a consumer does, and get the sources without a build.
      paths: { graylane: ['./lib/index.ts'], 'graylane/*': ['./lib/*/index.ts', './lib/*.ts'] },
    },
  },
  tsconfig: {
    fileName: 'tsconfig.build.json',
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2022'],
      // CommonJS output in which import() stays import(), so that ESM-only packages can be loaded when used.
      module: 'node16',
      moduleResolution: javascript.TypeScriptModuleResolution.NODE16,
      isolatedModules: true,
      noUncheckedIndexedAccess: true,
      noEmitOnError: true,
      inlineSourceMap: false,
      inlineSources: false,
      experimentalDecorators: false,
      skipLibCheck: true,
    },
  },

  prettier: true,
  prettierOptions: {
    settings: { singleQuote: true, printWidth: 120, trailingComma: javascript.TrailingComma.ALL },
  },
  // Without a leading slash: projen drops what stands below the `/test/` that it includes.
  gitignore: ['*.tgz', 'examples/**/dist/', 'test/stack/bin/'],

  autoDetectBin: false,
  clobber: false,
  depsUpgrade: false,
  eslint: false,
  github: false,
  jest: false,
  npmignoreEnabled: false,
  package: false,
  release: false,
  sampleCode: false,
});

project.tryRemoveFile('projenrc/tsconfig.json');
project.gitignore.removePatterns('!/projenrc/tsconfig.json');
project.gitattributes.removeAttributes('/projenrc/tsconfig.json');

// projen's prettier component asks for any version.
project.addDevDeps('prettier@^3.10');

// The scripts are plain npm scripts: they start faster than projen's tasks and never write to tracked files.
for (const task of ['build', 'pre-compile', 'compile', 'post-compile', 'test', 'watch', 'package', 'eject']) {
  project.removeTask(task);
}
project.removeScript('default');
for (const [name, command] of Object.entries(scripts)) {
  project.setScript(name, command);
}

project.package.addVersion('0.1.0');
project.package.addField('type', 'commonjs');
project.package.addField('repository', { type: 'git', url: 'git+https://github.com/graylane/graylane.git' });
project.package.addField('publishConfig', { access: 'public', provenance: true });
project.package.addField('files', ['build', 'deploy', 'CHANGELOG.md']);
project.package.addBin({ graylane: 'build/cli/main.js' });
project.package.addField('exports', {
  '.': entry('build/index'),
  ...Object.fromEntries(Object.entries(subpaths).map(([name, path]) => [`./${name}`, entry(path)])),
  './package.json': './package.json',
});
// For consumers on node10 resolution (the default cdk8s template), which know no `exports`.
project.package.addField('typesVersions', {
  '*': Object.fromEntries(Object.entries(subpaths).map(([name, path]) => [name, [`${path}.d.ts`]])),
});
project.package.addField(
  'peerDependenciesMeta',
  Object.fromEntries(optionalPeers.map(({ name }) => [name, { optional: true }])),
);
// The lock file says what to install, not from which registry.
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

project.synth();

function entry(path: string) {
  return { types: `./${path}.d.ts`, default: `./${path}.js` };
}
