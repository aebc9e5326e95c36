import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, run } from './consumer';
import { asCommonJs, cdk8sProgram, cdk8sSettings, playRelease, pulumiSettings } from './programs';
import { Release, version } from './release';

const root = join(__dirname, '../..');
const { devDependencies, exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
  exports: Record<string, unknown>;
};
const cdk8s = ['cdk8s', 'cdk8s-plus-27', 'constructs'].map((name) => `${name}@${devDependencies[name]}`);

let release: Release;
const consumers: Consumer[] = [];

beforeAll(() => {
  release = new Release();
});

afterAll(() => {
  consumers.forEach((consumer) => consumer.remove());
  release.remove();
});

function consumer(type: 'commonjs' | 'module', ...packages: string[]): Consumer {
  const one = new Consumer(type);
  consumers.push(one);
  one.install(release.file, ...packages);
  return one;
}

const nothing = () => undefined;

describe('the packed tarball', () => {
  it('holds the built library, and no sources, tests or examples', () => {
    const folders = new Set(release.files.map((name) => name.split('/')[0]));
    expect([...folders].sort()).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md', 'build', 'package.json']),
    );
    expect(
      [...folders].filter(
        (name) => !['CHANGELOG.md', 'LICENSE', 'README.md', 'build', 'deploy', 'package.json'].includes(name!),
      ),
    ).toEqual([]);
    expect(release.files.filter((name) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name))).toEqual([]);
  });

  it('has entries that every resolution of modules finds, with the types of what is loaded', () => {
    const { problems, analysis } = typesOf(release.file);
    expect(problems).toEqual({});
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(Object.keys(entries).sort());
    expect(publint(release.file)).toMatch(/All good!$/);
  });

  it('goes with a bill of what an install brings', () => {
    const { metadata, components } = JSON.parse(release.text(`graylane-${version}.cdx.json`)) as Bill;
    expect(metadata.component).toMatchObject({ name: 'graylane', version, purl: `pkg:npm/graylane@${version}` });
    const one = consumer('commonjs');
    const brought = Object.keys(lockIn(one.folder)).filter((path) => !/^$|\/graylane$/.test(path));
    expect(components.map(({ name }) => `node_modules/${name}`).sort()).toEqual(brought.sort());
    const tested = lockIn(root);
    for (const { name, version } of components) expect(version).toBe(tested[`node_modules/${name}`]!.version);
  });

  it('is all that the Dockerfile needs: its install, and its entry point with the client of an API server', () => {
    const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
    const [, install = ''] = /^RUN (.+)$/m.exec(text) ?? [];
    const [, entry = ''] = /^ENTRYPOINT \["\/nodejs\/bin\/node", "\/app\/(.+)"\]$/m.exec(text) ?? [];
    const one = new Consumer('commonjs');
    consumers.push(one);
    copyFileSync(release.file, join(one.folder, `graylane-${version}.tgz`));
    one.run('env', 'npm_config_prefer_offline=true', 'sh', '-c', install);
    expect(one.run('node', entry, '--version').trim()).toBe(version);
    expect(one.run('node', entry, 'up', '--help')).toContain('--follow');
    expect(
      one.run('node', '-p', "import('@kubernetes/client-node').then(() => process.stdout.write('loads'))"),
    ).toMatch(/loads$/);
    // What the image has no use for.
    expect(Object.keys(lockIn(one.folder)).filter((path) => /pulumi|cdk8s|constructs/.test(path))).toEqual([]);
  });

  it('runs the example of the README in an ESM project', () => {
    const one = consumer('module', ...cdk8s);
    one.write('main.js', cdk8sProgram('27'));
    playRelease(one, 'main.js', nothing);
  });

  it('runs it in a CommonJS project', () => {
    const one = consumer('commonjs', ...cdk8s);
    one.write('main.js', asCommonJs(cdk8sProgram('27')));
    playRelease(one, 'main.js', nothing);
  });

  it('compiles and runs it in a project with the default settings of cdk8s', () => {
    const one = consumer('commonjs', ...cdk8s, 'typescript@5.9', '@types/node@^14');
    one.write('tsconfig.json', JSON.stringify(cdk8sSettings));
    one.write('main.ts', cdk8sProgram('27'));
    one.write('entries.ts', entriesProgram());
    // The types that users get refuse what those of the sources refuse.
    one.write('props.ts', readFileSync(join(root, 'test/types/cdk8s-props.ts'), 'utf8'));
    playRelease(one, 'main.ts', () => one.run('npx', 'tsc', '--build'));
  });

  describe('in an ESM project', () => {
    let one: Consumer;
    const compile = (compilerOptions: object) => {
      one.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
      one.run('npx', 'tsc');
    };

    beforeAll(() => {
      one = consumer('module', ...cdk8s, 'typescript@5.9', '@types/node@^20');
      one.write('main.ts', cdk8sProgram('27'));
      one.write('entries.ts', entriesProgram());
      // Of the same project a folder that is CommonJS.
      one.write('common/package.json', '{ "type": "commonjs" }');
      one.write('common/entries.ts', entriesProgram());
    });

    it('compiles with node16 resolution, ESM and CommonJS, and runs', () => {
      playRelease(one, 'main.ts', () => compile({ module: 'node16', target: 'ES2022', strict: true }));
      for (const file of ['entries.js', 'common/entries.js']) one.run('node', file);
    });

    it('compiles with bundler resolution, and runs as a bundle', () => {
      compile({ module: 'esnext', moduleResolution: 'bundler', target: 'ES2022', strict: true });
      // cdk8s and its like read files beside their own.
      const others = ['cdk8s', 'constructs'].map((name) => `--external:${name}`);
      const options = ['--bundle', '--platform=node', '--format=cjs', ...others, '--outfile=bundle.cjs'];
      one.run(join(root, 'node_modules/.bin/esbuild'), 'entries.js', ...options);
      one.run('node', 'bundle.cjs');
    });
  });

  it('compiles the Pulumi example with the settings of `pulumi new kubernetes-typescript`', () => {
    const peers = ['@pulumi/pulumi', '@pulumi/kubernetes'].map((name) => `${name}@${devDependencies[name]}`);
    const one = consumer('commonjs', ...peers, 'typescript@5.9', '@types/node@^20');
    one.write('tsconfig.json', JSON.stringify(pulumiSettings));
    for (const file of ['index.ts', 'shop.ts']) {
      one.write(file, readFileSync(join(root, 'examples/end-to-end-canary-pulumi', file), 'utf8'));
    }
    one.run('npx', 'tsc');
  });

  it('loads `graylane` with neither cdk8s nor Pulumi installed', () => {
    const one = consumer('module');
    one.write(
      'main.js',
      "import { stages } from 'graylane'; console.log(stages({ steps: [{ replicas: 1 }] }).length);",
    );
    expect(one.run('node', 'main.js').trim()).toBe('4');
    expect(() => one.run('node', '-e', "require.resolve('cdk8s')")).toThrow();
    expect(() => one.run('node', '-e', "require.resolve('@pulumi/pulumi')")).toThrow();
  });
});

/** What CycloneDX says, as far as it is read here. */
interface Bill {
  readonly metadata: { readonly component: unknown };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

/** What npm has put where. */
function lockIn(folder: string): Readonly<Record<string, { readonly version: string }>> {
  const text = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  return (JSON.parse(text) as { packages: Record<string, { version: string }> }).packages;
}

function typesOf(file: string) {
  const options = ['--format', 'json', '--no-definitely-typed'];
  return JSON.parse(run(root, 'npx', 'attw', file, ...options)) as {
    readonly problems: object;
    readonly analysis: { readonly entrypoints: object };
  };
}

function publint(file: string): string {
  return stripVTControlCharacters(run(root, 'npx', 'publint', 'run', file, '--strict')).trim();
}

/** Imports every entry for its types that needs no package beside cdk8s'. */
function entriesProgram(): string {
  const names = Object.keys(entries).filter((name) => name !== './package.json' && !name.startsWith('./pulumi'));
  const imports = names.map((name, i) => `import * as entry${i} from 'graylane${name.slice(1)}';`);
  return `${imports.join('\n')}\nexport const all = [${names.map((_, i) => `entry${i}`).join(', ')}];\n`;
}
