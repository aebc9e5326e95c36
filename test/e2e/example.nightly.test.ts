/** examples/end-to-end-canary-pulumi, command by command of its README, with all that the screen shows. */
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ours, versions } from '../cluster/world';
import { Document } from './document';
import { giveAddresses } from './ingress-controller';
import { screenOf } from './screen';
import { leftovers, scenes } from './suite';

const scene = scenes();
const EXAMPLE = resolve('examples/end-to-end-canary-pulumi');

test('the README of the example', async () => {
  const { terminal, world, cluster, namespace } = await scene();
  // The program makes its own.
  for (const [kind, name] of [
    ['services', 'spring-cloud-a'],
    ['services', 'spring-cloud-b'],
  ])
    await cluster.api.delete(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
  await cluster.api.delete(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/spring-cloud-a`);
  giveAddresses(cluster.api, namespace);

  const readme = new Document(join(EXAMPLE, 'README.md'));
  const shell = terminal();
  cpSync(EXAMPLE, shell.folder, { recursive: true });
  const shown = async (line: string) =>
    expect(screenOf(await shell.type(line), { [namespace]: 'NAMESPACE' })).toMatchSnapshot(line);

  // It is installed, and no gateway of this cluster would answer.
  readme.command('npm install');
  readme.command('curl -A foo https://shop.example.com/');

  await shell.type(readme.command('pulumi stack init dev'));
  await shell.type(readme.command('pulumi config set kubernetes:kubeconfig --secret < ~/.kube/config'));
  for (const service of ['a', 'b'])
    await shell.type(
      readme.command(`pulumi config set spring-cloud-${service}-image example.com/shop/spring-cloud-${service}:v1`),
    );
  await shown(readme.command('pulumi up'));

  await shell.type(readme.command('pulumi config set spring-cloud-a-image example.com/shop/spring-cloud-a:v2'));
  await shown(readme.command('pulumi preview'));
  await shown(readme.command('pulumi up'));
  expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1', 'v1', 'v2']);
  expect(await ours(world)).toEqual(['Deployment spring-cloud-a-canary', 'Ingress spring-cloud-a-canary']);

  await shown('pulumi stack output');
  const { message } = JSON.parse(await shell.type('pulumi stack output --json rolloutA')) as { message: string };
  const [approval] = /rollout-a#1-\w+\/step-1/.exec(message)!;
  const goOn = readme.command('GRAYLANE_APPROVE=rollout-a#1-5f0c1e9ab3d2/step-1 pulumi up', {
    'rollout-a#1-5f0c1e9ab3d2/step-1': approval,
  });
  expect(screenOf(await shell.type(goOn), { [namespace]: 'NAMESPACE' })).toMatchSnapshot('approved');
  expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
  expect(await ours(world)).toEqual([]);
  expect(readme.untyped).toEqual([]);

  await shown('pulumi destroy');
  expect(await leftovers(world)).toEqual([]);
});
