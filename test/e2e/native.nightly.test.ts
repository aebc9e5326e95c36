/** From a Deployment of Pulumi's Kubernetes provider to a rollout and back, by the recipes of docs/pulumi.md. */
import { afterAll, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { versions } from '../cluster/world';
import { documentedProject, EXAMPLE, specText } from './documented-project';
import { leftovers } from './suite';

const project = documentedProject();
const { declare, output, program, type, update } = project;

const native = (args: object, opts: object) =>
  [
    "import * as k8s from '@pulumi/kubernetes';",
    "import { Config } from '@pulumi/pulumi';",
    `const spec = ${specText()};`,
    `new k8s.apps.v1.Deployment('web', { ...${JSON.stringify(args)}, spec }, ${JSON.stringify(opts)});`,
  ].join('\n');
const pods = async () => {
  const all = await project.here.world.user.list(kinds.pod, {
    namespace: project.here.namespace,
    labels: { app: 'web' },
  });
  return all.map(({ metadata }) => metadata.uid).sort();
};

test('that Pulumi has named is adopted by the recipe, released, and given back', async () => {
  project.shell.write('index.ts', native({}, {}));
  await update();
  const before = await pods();
  expect(before).toHaveLength(2);
  project.shell.write('index.ts', native({}, { retainOnDelete: true }));
  await update();
  const [, name] = /^(web-\w{8}) /m.exec(
    await project.shell.type(project.document.command('kubectl get deployments')),
  )!;
  const named = (text: string) => text.replace("metadata: { name: 'web' }", `metadata: { name: '${name}' }`);
  const adopting = program((text) => named(text).replace('steps: [', "adopt: 'retained', steps: ["));
  project.shell.write('index.ts', adopting);
  expect(await type('pulumi up')).toMatchSnapshot('adopted');
  expect(await pods()).toEqual(before);
  await declare('v2');
  await update();
  await type(`GRAYLANE_APPROVE=${EXAMPLE} pulumi up`, { [EXAMPLE]: await output('gate') });
  const released = await pods();
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v2', 'v2']);

  project.shell.write('index.ts', native({ metadata: { name } }, { import: `${project.here.namespace}/${name}` }));
  expect(await type('pulumi up')).toMatchSnapshot('given back');
  expect(await pods()).toEqual(released);
  expect(await leftovers(project.here.world)).toEqual([`Deployment ${name}`]);
  // Its next owner meets no conflict.
  project.shell.write('index.ts', native({ metadata: { name } }, {}));
  await declare('v3');
  await update();
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v3', 'v3']);
});

test('takes over what a rollout has made and left', async () => {
  await update();
  const before = await pods();
  project.shell.write(
    'index.ts',
    program((text) => text.replace(/\}\);(?=\nexport)/, '}, { retainOnDelete: true });')),
  );
  await update();
  project.shell.write('index.ts', '');
  await update();
  await type('kubectl delete configmap,lease -l graylane.io/rollout=NAME', { NAME: 'web' });
  await project.shell.type(
    project.document.command(
      project.document.commands.find((one) => one.includes('| kubectl patch'))!,
      { NAME: 'web' },
    ),
  );
  project.shell.write('index.ts', native({ metadata: { name: 'web' } }, { import: `${project.here.namespace}/web` }));
  await update();
  expect(await pods()).toEqual(before);
  project.shell.write('index.ts', native({ metadata: { name: 'web' } }, {}));
  await declare('v2');
  await update();
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v2', 'v2']);
  expect(await leftovers(project.here.world)).toEqual(['Deployment web']);
});

afterAll(() => {
  expect(project.document.untyped.filter((command) => command.startsWith('kubectl '))).toEqual([]);
});
