/** What a program tells of approvals and aborts that are of none of its rollouts. */
import * as pulumi from '@pulumi/pulumi';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CanaryRollout } from '../../lib/pulumi';
import { workload } from './fixtures';

const given = 'web#1-5f0c1e9ab3d2/step-1';
const misspelt = 'wbe#1-5f0c1e9ab3d2/step-1';
const told: string[] = [];

beforeEach(async () => {
  told.length = 0;
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void told.push(text.trimEnd()));
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    const own = inputs as { readonly name?: string };
    return { id: `${name}-id`, state: { ...own, name: own.name ?? `${name}-of-before`, stage: 'stable' } as object };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, 'shop', 'dev');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

async function run(program: () => Promise<unknown>): Promise<void> {
  await pulumi.runtime.runInPulumiStack(program as () => Promise<pulumi.Inputs>);
  await pulumi.runtime.disconnect();
}

async function twoRollouts(): Promise<Record<string, unknown>> {
  const rollout = (name: string) =>
    new CanaryRollout(name, { metadata: { name }, workload: workload(name), steps: [{ replicas: 1 }] });
  const first = rollout('web');
  // A program may wait before it makes the next.
  await new Promise((resolve) => first.urn.apply(resolve));
  return { stage: rollout('shop').stage };
}

describe('an approval that is of no rollout of the program', () => {
  test.each([
    ['the environment', () => vi.stubEnv('GRAYLANE_APPROVE', `${given}, ${misspelt}`)],
    ['the configuration', () => pulumi.runtime.setConfig('graylane:approve', `${misspelt},shop#1-5f/step-2`)],
  ])('in %s is told once, with the rollouts that there are', async (_, give) => {
    give();
    await run(twoRollouts);
    expect(told).toEqual([`warning: [runtime] approve: ${misspelt} is of none of these rollouts: web, shop`]);
  });

  test('holds for an abort, too', async () => {
    vi.stubEnv('GRAYLANE_ABORT', 'wbe, web#1-5f0c1e9ab3d2');
    await run(twoRollouts);
    expect(told).toEqual(['warning: [runtime] abort: wbe is of none of these rollouts: web, shop']);
  });

  test('goes by the names in the cluster: an alias renames the resource only', async () => {
    vi.stubEnv('GRAYLANE_APPROVE', 'web-of-before#1-5f/step-1');
    await run(async () => void new CanaryRollout('web', { workload: workload('web'), steps: [{ replicas: 1 }] }));
    expect(told).toEqual([]);
  });

  test('nothing is told where none is given', async () => {
    await run(twoRollouts);
    expect(told).toEqual([]);
  });
});
