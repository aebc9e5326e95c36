/**
 * Builds the programs of the test stack into `bin/`, once: a program whose pinned versions have not changed is kept.
 *
 *     tsx test/stack/build.ts [kubernetes] [kubernetes-newest] [kwok] [pulumi] [pulumi-kubernetes] [prometheus]
 *
 * Without an argument what a cluster needs.
 *
 * A first build takes some minutes and prints how far it is.
 */
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild } from './go-build';
import { isCurrent, stampOf, writeStamp } from './stamp';
import type { ToolModule, ToolModuleName } from './tools';
import { binFolder, clusterModules, providedProgram, toolModules } from './tools';

/** Builds what is missing; a program in the folder of KUBEBUILDER_ASSETS is not missing. */
export async function buildTools(names: readonly ToolModuleName[] = clusterModules): Promise<void> {
  for (const name of names) await buildModule(toolModules[name]);
}

async function buildModule(module: ToolModule): Promise<void> {
  const folder = join(__dirname, 'tools', module.folder);
  const tags = module.tags === undefined ? [] : ['-tags', module.tags];
  const flags = ['-trimpath', ...tags, '-ldflags', linkerFlags(module, folder)];
  const stamp = stampOf(folder, flags);
  for (const [program, goPackage] of Object.entries(module.programs)) {
    if (providedProgram(program) || isCurrent(program, stamp)) continue;
    mkdirSync(binFolder, { recursive: true });
    // Another run may be using, or building, the same file: it is complete as soon as it is there.
    const unfinished = join(binFolder, `${program}.${process.pid}`);
    await goBuild({ program, goPackage, folder, flags, output: unfinished });
    renameSync(unfinished, join(binFolder, program));
    writeStamp(program, stamp);
  }
}

function linkerFlags(module: ToolModule, folder: string): string {
  const goMod = readFileSync(join(folder, 'go.mod'), 'utf8');
  const versions = Object.entries(module.versions).map(([variable, of]) => `-X ${variable}=${pinned(goMod, of)}`);
  // Without symbol tables: half the size.
  return ['-s', '-w', ...versions].join(' ');
}

function pinned(goMod: string, module: string): string {
  const line = goMod.split('\n').find((text) => text.trim().startsWith(`${module} v`));
  if (!line) throw new Error(`go.mod requires no ${module}; add it, or take it out of test/stack/tools.ts`);
  return line.trim().split(' ')[1]!;
}

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((name) => !(name in toolModules));
  if (unknown.length > 0) {
    throw new Error(`no such tools: ${unknown.join(', ')}; there are: ${Object.keys(toolModules).join(', ')}`);
  }
  const names = args.length > 0 ? (args as ToolModuleName[]) : clusterModules;
  await buildTools(names);
  console.log(`ready: ${names.flatMap((name) => Object.keys(toolModules[name].programs)).join(', ')}`);
}

if (process.argv[1] === __filename) {
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
