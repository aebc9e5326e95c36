/** The first program of docs/pulumi.md, in a folder of its own for each test, and what is typed there. */
import { beforeEach } from 'vitest';
import { ingress, service } from '../cluster/app';
import { userApplies } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { Document } from './document';
import { screenOf } from './screen';
import { type Scene, scenes } from './suite';
import type { Terminal } from './terminal';

/** An approval, as the document has it. */
export const EXAMPLE = 'web#12-5f0c1e9ab3d2/step-1';

/** Call at the top of a test file. */
export function documentedProject() {
  const scene = scenes();
  const document = new Document('docs/pulumi.md');
  let here: Scene;
  let shell: Terminal;

  /** With what the document leaves out; its timed gate takes a second. */
  function program(change: (text: string) => string = (text) => text): string {
    const shown = document.block('ts').replace('duration: 60', 'duration: 1');
    return change(
      [
        "import { Config } from '@pulumi/pulumi';",
        `const spec = ${specText()};`,
        "const [service, ingress] = ['web', 'web'];",
        shown,
      ].join('\n'),
    );
  }

  function declare(version: string): Promise<string> {
    return shell.type(`pulumi config set image example.com/shop/web:${version}`);
  }

  beforeEach(async () => {
    here = await scene();
    shell = here.terminal();
    await userApplies(here.world, [service('web'), ingress('web', 'nginx')]);
    shell.write('Pulumi.yaml', 'name: shop\nruntime: nodejs\n');
    shell.write('package.json', '{ "main": "index.ts" }');
    shell.write('index.ts', program());
    await shell.type('pulumi stack init dev');
    await declare('v1');
  });

  return {
    document,
    get here() {
      return here;
    },
    get shell() {
      return shell;
    },
    program,
    /** Another image. */
    declare,
    /** A command of the document, where `fill` says what stands here for its examples. */
    type: async (command: string, fill: Readonly<Record<string, string>> = {}): Promise<string> =>
      screenOf(await shell.type(document.command(command, fill)), { [here.namespace]: 'NAMESPACE' }),
    /** Only to get on: the preview that it leaves out takes as long as the update. */
    update: () => shell.type('pulumi up --skip-preview'),
    output: async (name: 'gate' | 'stage') => (await shell.type(`pulumi stack output ${name}`)).trim(),
  };
}

/** A pod spec in TypeScript, whose image is the stack's. */
export function specText(): string {
  const { spec } = workload('web', 'IMAGE');
  return JSON.stringify(spec).replace('"example.com/shop/web:IMAGE"', "new Config().require('image')");
}
