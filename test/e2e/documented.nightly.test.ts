/** docs/pulumi.md, command by command, as a user types them. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { approvalOf } from '../cluster/approvals';
import { ours, versions } from '../cluster/world';
import { documentedProject, EXAMPLE } from './documented-project';
import { leftovers } from './suite';

const project = documentedProject();
const { declare, output, program, type, update } = project;

describe('a release', () => {
  test('its table, from the first update to the last gate', async () => {
    expect(await type('pulumi up')).toMatchSnapshot('made');
    await declare('v2');
    expect(await type('pulumi preview')).toMatchSnapshot('preview');
    expect(await type('pulumi up')).toMatchSnapshot('up');
    expect(await versions(project.here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await ours(project.here.world)).toEqual([
      'Deployment web-canary',
      'Ingress web-canary',
      'Service web-canary',
    ]);
    expect(await type('pulumi up')).toMatchSnapshot('again');
    expect(await type('pulumi refresh')).toMatchSnapshot('refresh');
    const approval = await output('gate');
    expect(approval).toEqual(approvalOf('web#1/step-2'));
    expect(await type(`GRAYLANE_APPROVE=${EXAMPLE} pulumi up`, { [EXAMPLE]: approval })).toMatchSnapshot('approved');
    expect(await versions(project.here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    expect(await ours(project.here.world)).toEqual([]);
    // One that is left behind passes none.
    await declare('v3');
    await type(`pulumi config set graylane:approve ${EXAMPLE}`, { [EXAMPLE]: approval });
    await update();
    const next = await output('gate');
    expect(next).toEqual(approvalOf('web#2/step-2'));
    await type(`pulumi config set graylane:approve ${EXAMPLE}`, { [EXAMPLE]: next });
    await type('pulumi up');
    expect(await versions(project.here.world, { app: 'web' })).toEqual(['v3', 'v3']);
    expect(await type('pulumi destroy')).toMatchSnapshot('destroy');
    expect(await leftovers(project.here.world)).toEqual([]);
  });

  test('back, directly, and gone in mid-release', async () => {
    await update();
    await declare('v2');
    await update();
    await declare('v1');
    expect(await type('pulumi preview')).toMatchSnapshot('preview of the way back');
    expect(await type('pulumi up')).toMatchSnapshot('the way back');
    expect(await ours(project.here.world)).toEqual([]);
    await declare('v2');
    const [, revision] = /revision *: "\w+" => "(\w+)"/.exec(await project.shell.type('pulumi preview --diff'))!;
    await type('GRAYLANE_DIRECT=web@REVISION pulumi up', { REVISION: revision! });
    expect(await versions(project.here.world, { app: 'web' })).toEqual(['v2', 'v2']);
    await declare('v3');
    await update();
    const [release] = EXAMPLE.split('/') as [string];
    const [given] = (await output('gate')).split('/') as [string];
    expect(await type(`GRAYLANE_ABORT=${release} pulumi up`, { [release]: given })).toContain('web: abort/unroute');
    expect(await ours(project.here.world)).toEqual([]);
    await update();
    expect(await type('pulumi destroy')).toMatchSnapshot('destroy in mid-release');
    expect(await leftovers(project.here.world)).toEqual([]);
  });

  test('a saved plan is for the very next update', async () => {
    await update();
    await declare('v2');
    await type('pulumi preview --save-plan plan.json');
    await type('pulumi up --plan plan.json');
    const again = await project.shell.typeInVain(project.document.command('pulumi up --plan plan.json'));
    expect(again).toContain('violates plan');
    expect(await output('stage')).toBe('step-2/route');
  });
});

/** An update that waits for pods which do not get ready. */
async function waiting(): Promise<void> {
  await update();
  await declare('unready');
}

describe('an update that is stopped', () => {
  test('by ^C twice: at once; pulumi cancel, and the next update goes on', async () => {
    await waiting();
    await project.shell.interrupt(
      project.document.command('pulumi up'),
      'canary web-canary: 0/1 ready',
      'press ^C again',
    );
    await type('pulumi cancel');
    await declare('v2');
    await update();
    expect(await output('stage')).toBe('step-2/route');
  });
});

test('a cluster that is away is left out', async () => {
  await update();
  await declare('v2');
  await project.shell.type("sed -i 's#server: .*#server: https://127.0.0.1:1#' ~/.kube/config");
  expect(await project.shell.typeInVain(project.document.command('pulumi up'))).toContain('(unreachable)');
  await type('pulumi config set kubernetes:skipUpdateUnreachable true');
  expect(await type('pulumi refresh --run-program')).toContain('web: skipped, for its cluster does not answer');
  await update();
  await type('pulumi config set kubernetes:deleteUnreachable true');
  const failed = await project.shell.typeInVain(project.document.command('pulumi destroy'));
  // On its resource, and nowhere else.
  expect(failed.split('Diagnostics:')[2]!.match(/\(unreachable\)/g)).toHaveLength(1);
  await type('pulumi destroy --run-program');
  expect(await project.shell.type('pulumi stack')).toContain('Current stack resources (0)');
});

test('a rollout that another stack takes over is taken out of this one', async () => {
  await update();
  await project.shell.type('pulumi stack init other');
  await declare('v1');
  project.shell.write(
    'index.ts',
    program((text) => text.replace('steps: [', 'adopt: true, steps: [')),
  );
  await update();
  await project.shell.type('pulumi stack select dev');
  expect(await project.shell.typeInVain('pulumi up')).toContain('(adoption-needed)');
  const urn = 'urn:pulumi:dev::shop::pulumi-nodejs:dynamic/graylane:CanaryRollout::web';
  await type('pulumi state delete URN', { URN: urn });
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v1', 'v1']);
});

test('a rollout that is renamed in the state goes on under its name in the cluster', async () => {
  await update();
  await declare('v2');
  await update();
  const before = await ours(project.here.world);
  const approval = await output('gate');
  const urn = 'urn:pulumi:dev::shop::pulumi-nodejs:dynamic/graylane:CanaryRollout::web';
  await type('pulumi state rename URN NEW-NAME', { URN: `'${urn}'`, 'NEW-NAME': 'shop' });
  project.shell.write(
    'index.ts',
    program((text) => text.replace("new CanaryRollout('web'", "new CanaryRollout('shop'")),
  );
  expect(await type('pulumi preview')).toMatchSnapshot('renamed in the state');
  expect(await ours(project.here.world)).toEqual(before);
  await type(`GRAYLANE_APPROVE=${EXAMPLE} pulumi up`, { [EXAMPLE]: approval });
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v2', 'v2']);
  expect(await ours(project.here.world)).toEqual([]);
});

test('a rollout in a component is targeted by its own URN', async () => {
  project.shell.write(
    'index.ts',
    program((text) =>
      text
        .replace('const web', "const shop = new ComponentResource('acme:index:Shop', 'shop');\n$&")
        .replace(/\}\);(?=\nexport)/, '}, { parent: shop });')
        .replace(/^/, "import { ComponentResource } from '@pulumi/pulumi';\n"),
    ),
  );
  await update();
  await declare('v2');
  const urn = 'urn:pulumi:dev::shop::acme:index:Shop$pulumi-nodejs:dynamic/graylane:CanaryRollout::web';
  expect(await type('pulumi up --target URN', { URN: `'${urn}'` })).toMatchSnapshot('targeted');
  expect(await ours(project.here.world)).toEqual(['Deployment web-canary', 'Ingress web-canary', 'Service web-canary']);
});

test('what `graylane import` writes is a program', async () => {
  cpSync('examples/yaml', join(project.shell.folder, 'manifests'), {
    recursive: true,
    filter: (name) => !name.includes('v1alpha1'),
  });
  await project.shell.type(project.document.command('graylane import --pulumi manifests/ > index.ts'));
  const shown = await type('pulumi preview');
  expect(shown).toContain('+ 7 to create');
  for (const app of ['a', 'b'])
    expect(shown).toContain(`rollout-${app}: makes Deployment NAMESPACE/spring-cloud-${app}`);
});

afterAll(() => {
  // By which everything here was installed (project.ts), and what is typed elsewhere (gates.test.ts, native.nightly.test.ts).
  project.document.command('npm install graylane @pulumi/pulumi @pulumi/kubernetes @kubernetes/client-node');
  project.document.command('graylane up');
  for (const command of project.document.untyped) if (command.startsWith('kubectl ')) project.document.command(command);
  expect(project.document.untyped).toEqual([]);
});
