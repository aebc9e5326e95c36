/** A chart of plain objects and a rollout, side by side in one program, as docs/pulumi.md has it. */
import * as pulumi from '@pulumi/pulumi';
import { Chart, Testing } from 'cdk8s';
import { Deployment, type Service } from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import { CanaryRollout } from '../../lib/pulumi';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { versions } from '../cluster/world';
import { scene } from './scene';

interface Released {
  readonly kind: string;
}

function shop(version: string): Released[] {
  const chart = new Chart(Testing.app(), 'shop', { disableResourceNameHashes: true });
  const image = `example.com/shop/web:${version}`;
  const web = new Deployment(chart, 'web', { replicas: 2, containers: [{ image, portNumber: 8080 }] });
  web.exposeViaService({ ports: [{ port: 80, targetPort: 8080 }] }) satisfies Service;
  return Testing.synth(chart) as Released[];
}

test("a chart's Deployment is released; what the resource sends is what the provider takes", async () => {
  const sent: DeclaredRollout[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ inputs }) => {
      sent.push(inputs as DeclaredRollout);
      return { id: 'id', state: {} };
    },
    call: () => ({}),
  });
  for (const version of ['v1', 'v2']) {
    const deployment = shop(version).find(({ kind }) => kind === 'Deployment') as never;
    const { urn } = new CanaryRollout('web', { workload: deployment, steps: [{ replicas: 1 }] });
    await new Promise((resolve) => urn.apply(resolve));
  }
  const here = await scene();
  const stack = here.stack();
  await stack.up(sent[0]!);
  const { outputs } = await stack.up(sent[1]!);
  expect(outputs).toMatchObject({ stage: 'step-1/canary', gate: approvalOf('web#1/step-1') });
  expect(await versions(here.world, { 'graylane.io/track': 'canary' })).toEqual(['v2']);
});
