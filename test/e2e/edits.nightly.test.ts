/** What somebody does by hand, as docs/pulumi.md tells it: a refresh shows it, and one update repairs it. */
import { expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { find, getDeployment, ingressKind, ours, versions } from '../cluster/world';
import { workload } from '../pulumi/fixtures';
import { documentedProject } from './documented-project';

const project = documentedProject();
const { declare, output, type, update } = project;

const remove = (kind: { apiVersion: string; kind: string }, name: string) => () =>
  project.here.world.user.delete({ ...kind, name, namespace: project.here.namespace });

test('at a gate, one after the other', async () => {
  await update();
  await declare('v2');
  await update();
  const before = await ours(project.here.world);
  const approval = await output('gate');
  const deeds: Record<string, () => Promise<unknown>> = {
    'the Deployment is deleted': remove(kinds.deployment, 'web'),
    'the canary is deleted': remove(kinds.deployment, 'web-canary'),
    'the route is deleted': remove(ingressKind, 'web-canary'),
    'the canary has another image': () =>
      project.here.world.user.patch(
        { ...kinds.deployment, name: 'web-canary', namespace: project.here.namespace },
        { spec: { template: { spec: workload('web', 'v9').spec.template.spec } } },
      ),
  };
  for (const [deed, done] of Object.entries(deeds)) {
    await done();
    expect(await type('pulumi refresh')).toMatchSnapshot(`refresh: ${deed}`);
    await update();
    expect(await ours(project.here.world)).toEqual(before);
    expect((await getDeployment(project.here.world, 'web-canary')).spec.template.spec).toMatchObject({
      containers: [{ image: 'example.com/shop/web:v2' }],
    });
    expect(await find(project.here.world, kinds.deployment, 'web')).toBeDefined();
    expect(await output('gate')).toBe(approval);
  }
});

test('at rest', async () => {
  await update();
  await remove(kinds.deployment, 'web')();
  expect(await type('pulumi refresh')).toMatchSnapshot('refresh: the Deployment is deleted at rest');
  await update();
  expect(await versions(project.here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  const ref = { ...kinds.deployment, name: 'web', namespace: project.here.namespace };
  await project.here.world.user.patch(ref, { spec: { replicas: 5 } });
  expect(await type('pulumi refresh')).toMatchSnapshot('refresh: the Deployment is scaled at rest');
  await update();
  expect((await getDeployment(project.here.world, 'web')).spec.replicas).toBe(2);
  await project.here.world.user.patch(ref, { spec: { template: { spec: workload('web', 'v9').spec.template.spec } } });
  expect(await type('pulumi refresh')).toMatchSnapshot('refresh: the Deployment has another image at rest');
  for (const command of ['pulumi preview', 'pulumi up']) {
    expect(await project.shell.typeInVain(project.document.command(command))).toMatch(/changed by .*stable-drifted/);
  }
  await declare('v9');
  expect(await type('pulumi up')).toContain('web: Deployment web runs the declared template already; no pod restarts');
  expect(await type('pulumi preview')).toContain('2 unchanged');
});
