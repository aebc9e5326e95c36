/** A Pulumi project of a user: the packed tarball, installed, and the real `pulumi`. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type * as pulumi from '@pulumi/pulumi';
import type * as automation from '@pulumi/pulumi/automation';
import type * as graylane from '../../lib/pulumi';
import { Consumer, pack } from '../package/consumer';
import { binFolder } from '../stack/tools';

/** What a program imports, all from the project's own node_modules. */
export interface Modules {
  readonly pulumi: typeof pulumi;
  readonly graylane: typeof graylane;
}

/** Installs it; that takes half a minute. */
export function installProject(): { readonly folder: string; readonly remove: () => void } {
  const tarball = pack();
  const consumer = new Consumer('commonjs');
  const { devDependencies } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const peers = ['@pulumi/pulumi', '@kubernetes/client-node'].map((name) => `${name}@${devDependencies[name]}`);
  consumer.install(tarball.file, ...peers);
  tarball.remove();
  return { folder: consumer.folder, remove: () => consumer.remove() };
}

export class Project {
  readonly modules: Modules;
  private readonly automation: typeof automation;

  constructor(readonly folder: string) {
    // Where `pulumi` is, and the script with which it starts the process of dynamic resources.
    const script = join(folder, 'node_modules/@pulumi/pulumi');
    process.env.PATH = [binFolder, script, process.env.PATH].join(delimiter);
    const load = createRequire(join(folder, 'index.js'));
    this.modules = {
      pulumi: load('@pulumi/pulumi') as typeof pulumi,
      graylane: load('graylane/pulumi') as typeof graylane,
    };
    this.automation = load('@pulumi/pulumi/automation') as typeof automation;
  }

  /** A stack with a state of its own, in a project folder of its own: several share a project's packages. */
  async stack(name: string, environment: Record<string, string>): Promise<automation.Stack> {
    const workDir = join(this.folder, 'stacks', name);
    const state = join(workDir, 'state');
    mkdirSync(state, { recursive: true });
    const envVars = {
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_HOME: join(this.folder, 'pulumi-home'),
      ...environment,
    };
    return this.automation.LocalWorkspace.createStack(
      { stackName: name, projectName: 'shop', program: async () => {} },
      // Pulumi looks for the program's packages from `main`, which is the folder of the process unless it is said.
      { workDir, envVars, projectSettings: { name: 'shop', runtime: 'nodejs', main: workDir } },
    );
  }
}
