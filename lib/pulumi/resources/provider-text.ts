import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

type ProviderName = 'rolloutProvider' | 'laneProvider';

const PROVIDER = 'graylane/pulumi/provider';
/** Packages between the program and graylane: a company's library on a library of its own is two. */
const DEEPEST = 3;

/**
 * What Pulumi keeps in the state as a dynamic resource's provider: source text that gives its methods when it is run. By
 * hand, for Pulumi would serialise our code and all that it captures: this one always runs the installed code, and is
 * found from the program's folder. (adr/0009-pulumi-shim-by-hand.md)
 */
export function providerText(provider: ProviderName): string {
  way ??= wayTo(join(__dirname, '../provider.js'), process.cwd()) ?? [];
  return textOf(provider, way);
}

let way: readonly string[] | undefined;

/**
 * @param through packages that depend on each other, the first one of the program, and the last one on graylane. By their
 *   names: folders have versions in them, and the text has to outlast an upgrade.
 */
export function textOf(provider: ProviderName, through: readonly string[]): string {
  if (through.length === 0) return `exports.handler = () => require("${PROVIDER}").${provider};\n`;
  return [
    'exports.handler = () => {',
    '  const { createRequire } = require("module"), { existsSync, realpathSync } = require("fs");',
    '  let load = require;',
    `  for (const name of ${JSON.stringify(through)})`,
    '    load = createRequire(realpathSync(load.resolve.paths(name).map((at) => `${at}/${name}/package.json`).find(existsSync)));',
    `  return load("${PROVIDER}").${provider};`,
    '};\n',
  ].join('\n');
}

/**
 * By which packages a program comes to the graylane that it runs: none where it is installed for the program itself, and the
 * library that brought it where it is not. Undefined where it is found by neither.
 */
export function wayTo(own: string, program: string): readonly string[] | undefined {
  const seen = new Set<string>();
  let ways: { readonly at: string; readonly through: readonly string[] }[] = [
    { at: packageFile(program) ?? join(program, 'package.json'), through: [] },
  ];
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const found = ways.find(({ at }) => resolved(at) === own);
    if (found) return found.through;
    ways = ways.flatMap(({ at, through }) =>
      dependencies(at).flatMap((name) => {
        const next = folderOf(at, name);
        if (next === undefined || seen.has(next)) return [];
        seen.add(next);
        return [{ at: next, through: [...through, name] }];
      }),
    );
  }
  return undefined;
}

function resolved(from: string): string | undefined {
  try {
    return createRequire(from).resolve(PROVIDER);
  } catch {
    return undefined;
  }
}

/** The package.json of a dependency, wherever that is linked to. */
function folderOf(from: string, name: string): string | undefined {
  const places = createRequire(from).resolve.paths(name) ?? [];
  const found = places.map((place) => join(place, name, 'package.json')).find((file) => existsSync(file));
  return found && realpathSync(found);
}

function packageFile(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return file;
  const above = dirname(folder);
  return above === folder ? undefined : packageFile(above);
}

function dependencies(file: string): string[] {
  try {
    const { dependencies: own = {}, peerDependencies: peers = {} } = JSON.parse(readFileSync(file, 'utf8')) as Partial<
      Record<'dependencies' | 'peerDependencies', Readonly<Record<string, string>>>
    >;
    return Object.keys({ ...own, ...peers });
  } catch {
    return [];
  }
}
