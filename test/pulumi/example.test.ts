/** examples/end-to-end-canary-pulumi, as its README tells it: what the program sends is what the providers take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { expect, test, vi } from 'vitest';
import type { DeclaredLane, DeclaredRollout } from '../../lib/pulumi/state';
import { withoutIds } from '../cluster/approvals';
import { ours, versions } from '../cluster/world';
import { scene } from './scene';

const README = readFileSync(join(__dirname, '../../examples/end-to-end-canary-pulumi/README.md'), 'utf8');
const PROJECT = 'end-to-end-canary';

/** Inputs of all resources of the program, by name; the images are what `pulumi config set` has set. */
async function run(images: { a: string; b: string }, namespace: string): Promise<Record<string, unknown>> {
  const sent: Record<string, unknown> = {};
  const newResource = ({ name, inputs }: { name: string; inputs: object }) => {
    sent[name] = inputs;
    return { id: name, state: { ...inputs, reference: `${namespace}/mse-traffic` } };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, PROJECT, 'dev');
  for (const [service, image] of Object.entries(images)) {
    pulumi.runtime.setConfig(
      `${PROJECT}:spring-cloud-${service}-image`,
      `example.com/shop/spring-cloud-${service}:${image}`,
    );
  }
  vi.resetModules();
  await import('../../examples/end-to-end-canary-pulumi/index.js');
  // However long a busy machine takes: the test's own limit is the only one.
  await vi.waitFor(() => expect(Object.keys(sent)).toEqual(expect.arrayContaining(['rollout-a', 'rollout-b'])), {
    timeout: 300_000,
  });
  return sent;
}

test('a release of a that leaves b alone, and the old image again', async () => {
  const here = await scene();
  const { namespace } = here.world;
  const v1 = await run({ a: 'v1', b: 'v1' }, namespace);
  const v2 = await run({ a: 'v2', b: 'v1' }, namespace);
  const [lane, a, b] = [here.lane(), here.stack(), here.stack()];
  await lane.up(v1['mse-traffic'] as DeclaredLane);
  await a.up(v1['rollout-a'] as DeclaredRollout);
  await b.up(v1['rollout-b'] as DeclaredRollout);

  expect((await b.preview(v2['rollout-b'] as DeclaredRollout)).operation).toBe('same');
  const waiting = await a.up(v2['rollout-a'] as DeclaredRollout);
  expect(withoutIds(README)).toContain(`# ${withoutIds(String(waiting.outputs.message))}`);
  expect(await ours(here.world)).toEqual(['Deployment spring-cloud-a-canary', 'Ingress spring-cloud-a-canary']);

  const approval = String(waiting.outputs.gate);
  expect(withoutIds(README)).toContain(`GRAYLANE_APPROVE=${withoutIds(approval)} pulumi up`);
  here.environment.GRAYLANE_APPROVE = approval;
  await a.up(v2['rollout-a'] as DeclaredRollout);
  expect(await versions(here.world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2', 'v2']);
  expect(await ours(here.world)).toEqual([]);

  // A release of its own by now; declaring v2 again is its abort.
  expect((await a.up(v1['rollout-a'] as DeclaredRollout)).outputs.stage).toBe('step-1/route');
  expect((await a.up(v2['rollout-a'] as DeclaredRollout)).outputs.stage).toBe('stable');
});
