/** docs/pulumi.md, command by command, as a user types them. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { approvalOf } from '../cluster/approvals';
import { ingress, service } from '../cluster/app';
import { find, getDeployment, ingressKind, ours, userApplies, versions } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { Document } from './document';
import { screenOf } from './screen';
import { leftovers, type Scene, scenes } from './suite';
import type { Terminal } from './terminal';

const scene = scenes();
const document = new Document('docs/pulumi.md');
let here: Scene;
let shell: Terminal;

/** The first program of the document, with what it leaves out; its timed gate takes a second. */
function program(change: (text: string) => string = (text) => text): string {
  const { spec } = workload('web', 'IMAGE');
  const shown = document.block('ts').replace('duration: 60', 'duration: 1');
  return change(
    [
      "import { Config } from '@pulumi/pulumi';",
      `const spec = ${JSON.stringify(spec).replace('"example.com/shop/web:IMAGE"', "new Config().require('image')")};`,
      "const [service, ingress] = ['web', 'web'];",
      shown,
    ].join('\n'),
  );
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

function declare(version: string): Promise<string> {
  return shell.type(`pulumi config set image example.com/shop/web:${version}`);
}

/** A command of the document, where `fill` says what stands here for its examples. */
async function type(command: string, fill: Readonly<Record<string, string>> = {}): Promise<string> {
  return screenOf(await shell.type(document.command(command, fill)), { [here.namespace]: 'NAMESPACE' });
}

const gate = async () => (await shell.type('pulumi stack output gate')).trim();
const stage = async () => (await shell.type('pulumi stack output stage')).trim();
const EXAMPLE = 'web#12-5f0c1e9ab3d2/step-1';

describe('a release', () => {
  test('its table, from the first update to the last gate', async () => {
    expect(await type('pulumi up')).toMatchSnapshot('made');
    await declare('v2');
    expect(await type('pulumi preview')).toMatchSnapshot('preview');
    expect(await type('pulumi up')).toMatchSnapshot('up');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await ours(here.world)).toEqual(['Deployment web-canary', 'Ingress web-canary', 'Service web-canary']);
    expect(await type('pulumi up')).toMatchSnapshot('again');
    expect(await type('pulumi refresh')).toMatchSnapshot('refresh');
    const approval = await gate();
    expect(approval).toEqual(approvalOf('web#1/step-2'));
    expect(await type(`GRAYLANE_APPROVE=${EXAMPLE} pulumi up`, { [EXAMPLE]: approval })).toMatchSnapshot('approved');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect(await ours(here.world)).toEqual([]);
    // One that is left behind passes none.
    await declare('v3');
    await type(`pulumi config set graylane:approve ${EXAMPLE}`, { [EXAMPLE]: approval });
    await type('pulumi up');
    const next = await gate();
    expect(next).toEqual(approvalOf('web#2/step-2'));
    await type(`pulumi config set graylane:approve ${EXAMPLE}`, { [EXAMPLE]: next });
    await type('pulumi up');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v3', 'v3']);
    expect(await type('pulumi destroy')).toMatchSnapshot('destroy');
    expect(await leftovers(here.world)).toEqual([]);
  });

  test('back, directly, and gone in mid-release', async () => {
    await type('pulumi up');
    await declare('v2');
    await type('pulumi up');
    await declare('v1');
    expect(await type('pulumi preview')).toMatchSnapshot('preview of the way back');
    expect(await type('pulumi up')).toMatchSnapshot('the way back');
    expect(await ours(here.world)).toEqual([]);
    await declare('v2');
    const [, revision] = /revision *: "\w+" => "(\w+)"/.exec(await shell.type('pulumi preview --diff'))!;
    await type('GRAYLANE_DIRECT=web@REVISION pulumi up', { REVISION: revision! });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    await declare('v3');
    await type('pulumi up');
    expect(await type('pulumi destroy')).toMatchSnapshot('destroy in mid-release');
    expect(await leftovers(here.world)).toEqual([]);
  });

  test('a saved plan is for the very next update', async () => {
    await type('pulumi up');
    await declare('v2');
    await type('pulumi preview --save-plan plan.json');
    await type('pulumi up --plan plan.json');
    const again = await shell.typeInVain(document.command('pulumi up --plan plan.json'));
    expect(again).toContain('violates plan');
    expect(await stage()).toBe('step-2/route');
  });
});

/** An update that waits for pods which do not get ready. */
async function waiting(): Promise<void> {
  await type('pulumi up');
  await declare('unready');
}

describe('an update that is stopped', () => {
  test('by ^C: its wait ends, and the next update goes on', async () => {
    await waiting();
    const screen = await shell.interrupt(document.command('pulumi up'), 'canary web-canary: 0/1 ready');
    expect(screen).toContain('cancel');
    await declare('v2');
    await type('pulumi up');
    expect(await stage()).toBe('step-2/route');
  });

  test('by ^C twice: at once; pulumi cancel, and the next update goes on', async () => {
    await waiting();
    await shell.interrupt(document.command('pulumi up'), 'canary web-canary: 0/1 ready', 'press ^C again');
    await type('pulumi cancel');
    await declare('v2');
    await type('pulumi up');
    expect(await stage()).toBe('step-2/route');
  });
});

describe('edits by hand: a refresh shows them, and one update repairs them', () => {
  const remove = (kind: { apiVersion: string; kind: string }, name: string) => () =>
    here.world.user.delete({ ...kind, name, namespace: here.namespace });

  test('at a gate, one after the other', async () => {
    await type('pulumi up');
    await declare('v2');
    await type('pulumi up');
    const before = await ours(here.world);
    const approval = await gate();
    const deeds: Record<string, () => Promise<unknown>> = {
      'the Deployment is deleted': remove(kinds.deployment, 'web'),
      'the canary is deleted': remove(kinds.deployment, 'web-canary'),
      'the route is deleted': remove(ingressKind, 'web-canary'),
      'the canary has another image': () =>
        here.world.user.patch(
          { ...kinds.deployment, name: 'web-canary', namespace: here.namespace },
          { spec: { template: { spec: workload('web', 'v9').spec.template.spec } } },
        ),
    };
    for (const [deed, done] of Object.entries(deeds)) {
      await done();
      expect(await type('pulumi refresh')).toMatchSnapshot(`refresh: ${deed}`);
      await type('pulumi up');
      expect(await ours(here.world)).toEqual(before);
      expect((await getDeployment(here.world, 'web-canary')).spec.template.spec).toMatchObject({
        containers: [{ image: 'example.com/shop/web:v2' }],
      });
      expect(await find(here.world, kinds.deployment, 'web')).toBeDefined();
      expect(await gate()).toBe(approval);
    }
  });

  test('at rest', async () => {
    await type('pulumi up');
    await remove(kinds.deployment, 'web')();
    expect(await type('pulumi refresh')).toMatchSnapshot('refresh: the Deployment is deleted at rest');
    await type('pulumi up');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    const ref = { ...kinds.deployment, name: 'web', namespace: here.namespace };
    await here.world.user.patch(ref, { spec: { replicas: 5 } });
    expect(await type('pulumi refresh')).toMatchSnapshot('refresh: the Deployment is scaled at rest');
    await type('pulumi up');
    expect((await getDeployment(here.world, 'web')).spec.replicas).toBe(2);
  });
});

test('a cluster that is away is left out', async () => {
  await type('pulumi up');
  await declare('v2');
  await shell.type("sed -i 's#server: .*#server: https://127.0.0.1:1#' ~/.kube/config");
  expect(await shell.typeInVain(document.command('pulumi up'))).toContain('(unreachable)');
  await type('pulumi config set kubernetes:skipUpdateUnreachable true');
  await type('pulumi up');
  await type('pulumi config set kubernetes:deleteUnreachable true');
  await type('pulumi destroy');
  expect(await shell.type('pulumi stack')).toContain('Current stack resources (0)');
});

test('a rollout that another stack takes over is taken out of this one', async () => {
  await type('pulumi up');
  await shell.type('pulumi stack init other');
  await declare('v1');
  shell.write(
    'index.ts',
    program((text) => text.replace('steps: [', 'adopt: true, steps: [')),
  );
  await type('pulumi up');
  await shell.type('pulumi stack select dev');
  expect(await shell.typeInVain('pulumi up')).toContain('(adoption-needed)');
  const urn = 'urn:pulumi:dev::shop::pulumi-nodejs:dynamic/graylane:CanaryRollout::web';
  await type('pulumi state delete URN', { URN: urn });
  expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
});

test('what `graylane import` writes is a program', async () => {
  cpSync('examples/yaml', join(shell.folder, 'manifests'), {
    recursive: true,
    filter: (name) => !name.includes('v1alpha1'),
  });
  await shell.type(document.command('graylane import --pulumi manifests/ > index.ts'));
  expect(await type('pulumi preview')).toMatchSnapshot('imported');
});

describe("a Deployment of Pulumi's Kubernetes provider", () => {
  const { spec } = workload('web', 'v1');
  const native = (args: object, opts: object) =>
    [
      "import * as k8s from '@pulumi/kubernetes';",
      "import { Config } from '@pulumi/pulumi';",
      `const spec = ${specText};`,
      `new k8s.apps.v1.Deployment('web', { ...${JSON.stringify(args)}, spec }, ${JSON.stringify(opts)});`,
    ].join('\n');
  const specText = JSON.stringify(spec).replace('"example.com/shop/web:v1"', "new Config().require('image')");
  const pods = async () => {
    const all = await here.world.user.list(kinds.pod, { namespace: here.namespace, labels: { app: 'web' } });
    return all.map(({ metadata }) => metadata.uid).sort();
  };

  test('that Pulumi has named is adopted by the recipe, released, and given back', async () => {
    shell.write('index.ts', native({}, {}));
    await type('pulumi up');
    const before = await pods();
    expect(before).toHaveLength(2);
    shell.write('index.ts', native({}, { retainOnDelete: true }));
    await type('pulumi up');
    const [, name] = /^(web-\w{8}) /m.exec(await shell.type(document.command('kubectl get deployments')))!;
    const named = (text: string) => text.replace("metadata: { name: 'web' }", `metadata: { name: '${name}' }`);
    const adopting = program((text) => named(text).replace('steps: [', "adopt: 'retained', steps: ["));
    shell.write('index.ts', adopting);
    expect(await type('pulumi up')).toMatchSnapshot('adopted');
    expect(await pods()).toEqual(before);
    await declare('v2');
    await type('pulumi up');
    await type(`GRAYLANE_APPROVE=${EXAMPLE} pulumi up`, { [EXAMPLE]: await gate() });
    const released = await pods();
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);

    shell.write('index.ts', native({ metadata: { name } }, { import: `${here.namespace}/${name}` }));
    expect(await type('pulumi up')).toMatchSnapshot('given back');
    expect(await pods()).toEqual(released);
    expect(await leftovers(here.world)).toEqual([`Deployment ${name}`]);
    // Its next owner meets no conflict.
    shell.write('index.ts', native({ metadata: { name } }, {}));
    await declare('v3');
    await type('pulumi up');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v3', 'v3']);
  });

  test('takes over what a rollout has made and left', async () => {
    await type('pulumi up');
    const before = await pods();
    shell.write(
      'index.ts',
      program((text) => text.replace(/\}\);(?=\nexport)/, '}, { retainOnDelete: true });')),
    );
    await type('pulumi up');
    shell.write('index.ts', '');
    await type('pulumi up');
    await type('kubectl delete configmap,lease -l graylane.io/rollout=NAME', { NAME: 'web' });
    await shell.type(
      document.command(
        document.commands.find((one) => one.includes('| kubectl patch'))!,
        { NAME: 'web' },
      ),
    );
    shell.write('index.ts', native({ metadata: { name: 'web' } }, { import: `${here.namespace}/web` }));
    await type('pulumi up');
    expect(await pods()).toEqual(before);
    shell.write('index.ts', native({ metadata: { name: 'web' } }, {}));
    await declare('v2');
    await type('pulumi up');
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect(await leftovers(here.world)).toEqual(['Deployment web']);
  });
});

afterAll(() => {
  // By which everything here was installed (project.ts), and somebody else's command (gates.test.ts).
  document.command('npm install graylane @pulumi/pulumi @pulumi/kubernetes @kubernetes/client-node');
  document.command('graylane up');
  expect(document.untyped).toEqual([]);
});
