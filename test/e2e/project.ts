/** A Pulumi project of a user: the packed tarball, installed, the real `pulumi`, and the real Kubernetes provider. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import type * as kubernetes from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type * as automation from '@pulumi/pulumi/automation';
import type * as graylane from '../../lib/pulumi';
import { Consumer, pack } from '../package/consumer';
import { binFolder } from '../stack/tools';
import { writeLauncher } from './launcher';
import { Terminal } from './terminal';

/** What a program imports, all from the project's own node_modules. */
export interface Modules {
  readonly pulumi: typeof pulumi;
  readonly kubernetes: typeof kubernetes;
  readonly graylane: typeof graylane;
}

const root = resolve(__dirname, '../..');

/** Types docs/pulumi.md's own command, with the packed tarball and with the versions that the tests are for. */
export function installProject(): { readonly folder: string; readonly remove: () => void } {
  const tarball = pack();
  const consumer = new Consumer('commonjs');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const versions: Record<string, string> = { ...devDependencies, '@pulumi/kubernetes': kubernetesProviderVersion() };
  consumer.install(tarball.file, ...peersInDocument().map((name) => `${name}@${versions[name]}`));
  tarball.remove();
  return { folder: consumer.folder, remove: () => consumer.remove() };
}

function peersInDocument(): string[] {
  const [, peers] = /^npm install graylane (.*)$/m.exec(readFileSync(join(root, 'docs/pulumi.md'), 'utf8'))!;
  return peers!.split(' ');
}

/** A provider of another version than the package asks for is used with a warning, in every command. */
function kubernetesProviderVersion(): string {
  const main = readFileSync(join(root, 'test/stack/tools/pulumi-kubernetes/main.go'), 'utf8');
  return /version\.Version = "(.*)"/.exec(main)![1]!;
}

export class Project {
  readonly modules: Modules;
  private readonly automation: typeof automation;

  constructor(readonly folder: string) {
    // Where `pulumi` and the providers are, the script with which it starts the process of dynamic resources, and what is
    // installed.
    const installed = join(folder, 'node_modules');
    const own = join(folder, 'bin');
    writeLauncher(own, 'pulumi-language-nodejs', join(__dirname, 'language-host.ts'));
    const places = [own, binFolder, join(installed, '@pulumi/pulumi'), join(installed, '.bin')];
    process.env.PATH = [...places, process.env.PATH].join(delimiter);
    const load = createRequire(join(folder, 'index.js'));
    this.modules = {
      pulumi: load('@pulumi/pulumi') as typeof pulumi,
      kubernetes: load('@pulumi/kubernetes') as typeof kubernetes,
      graylane: load('graylane/pulumi') as typeof graylane,
    };
    this.automation = load('@pulumi/pulumi/automation') as typeof automation;
  }

  /** A stack with a state of its own, in a project folder of its own: several share a project's packages. */
  async stack(name: string, environment: Record<string, string>): Promise<automation.Stack> {
    const { workDir, envVars } = this.place(name, environment);
    return this.automation.LocalWorkspace.createStack(
      { stackName: name, projectName: 'shop', program: async () => {} },
      // Pulumi looks for the program's packages from `main`, which is the folder of the process unless it is said.
      { workDir, envVars, projectSettings: { name: 'shop', runtime: 'nodejs', main: workDir } },
    );
  }

  /** In a folder of its own, which is its user's home: with a state, a kubeconfig and nothing else in it. */
  terminal(name: string, kubeconfig: string): Terminal {
    const { workDir, envVars } = this.place(name, {});
    mkdirSync(join(workDir, '.kube'));
    writeFileSync(join(workDir, '.kube/config'), kubeconfig, { mode: 0o600 });
    return new Terminal(workDir, {
      ...envVars,
      HOME: workDir,
      // Nobody is there who could say yes.
      PULUMI_SKIP_CONFIRMATIONS: 'true',
      // One resource after the other, so that what is shown is so every time.
      PULUMI_PARALLEL: '1',
      // `npm run typecheck` has looked at the types of all programs.
      PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
    });
  }

  private place(name: string, environment: Record<string, string>) {
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
    return { workDir, envVars };
  }
}
