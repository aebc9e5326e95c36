/** Whatever is declared, and however it is broken: a live release is done or refused, and `status` can be asked. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type * as ClusterOptions from '../../lib/cli/terminal/cluster-options';
import type { RealWorld } from '../../lib/cluster';
import type { Manifest } from '../../lib/core';
import { SimulatedCluster } from '../../lib/simulated';
import { nobody } from '../cluster/nobody';
import { INPUTS, mutate, mutation } from './broken';
import { graylane, objects } from './fixtures';

/** What the commands find instead of a real server. */
const here = vi.hoisted((): { world?: RealWorld } => ({}));

vi.mock('../../lib/cli/terminal/cluster-options', async (original) => {
  const real = await original<typeof ClusterOptions>();
  return { ...real, openWorld: async () => here.world! };
});

const namespace = 'shop';
const isKruise = ({ apiVersion }: Manifest) => apiVersion.startsWith('rollouts.kruise.io/');

/** A cluster in which the user has applied what is not graylane's to apply. */
async function clusterWith(input: string): Promise<void> {
  const cluster = new SimulatedCluster();
  const user = cluster.client('kubectl');
  for (const object of objects(input)) {
    if (isKruise(object) || object.kind === 'Deployment') continue;
    await user.apply({ ...object, metadata: { namespace, ...object.metadata } });
  }
  let ids = 0;
  const random = { id: () => `fuzz${ids++}` };
  here.world = { api: cluster.client('graylane'), clock: cluster.clock, random, outside: nobody, namespace };
}

const up = (input: string) => graylane(['up', '-f', '-', '--timeout', '5'], { input, env: { GRAYLANE_DEBUG: '1' } });

/** Done, at a gate, refused or stuck; never a crash. */
async function expectAnswers(input: string): Promise<void> {
  const { code, out, err } = await up(input);
  expect({ code, err }).toEqual({
    code: expect.toBeOneOf([0, 1, 3, 4]) as number,
    err: expect.not.stringMatching(/\n {4}at |undefined|\[object Object\]/) as string,
  });
  expect(out).not.toContain('undefined');
  const status = await graylane(['status'], { env: { GRAYLANE_DEBUG: '1' } });
  expect({ code: status.code, err: status.err }).toEqual({ code: expect.toBeOneOf([0, 3, 4]) as number, err: '' });
}

test('manifests with values removed, renamed and replaced, over what runs', async () => {
  const v2 = (text: string) => text.replaceAll(/(image: \S+):\S+/g, '$1:v2');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...INPUTS),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (text, mutations) => {
        await clusterWith(text);
        expect((await up(text)).code).toBe(0);
        const documents = objects(v2(text)) as object[];
        for (const one of mutations) mutate(documents, one);
        await expectAnswers(documents.map((document) => stringify(document)).join('---\n'));
      },
    ),
    { numRuns: 12 },
  );
});
