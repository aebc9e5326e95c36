/** What a quota counts of a pod, by the word of a real API server. */
import { expect, test } from 'vitest';
import { ApiError, kinds, type Live } from '../../../lib/cluster';
import { type Manifest, thousandths } from '../../../lib/core';
import { countedPods, scopedPods } from '../../core/counted-pods';
import { eventually, type World } from '../world';
import { real } from './world';

const worlds = real();
const quotaKind = { apiVersion: 'v1', kind: 'ResourceQuota' };

/** Resources of cpu and memory are left out of a quota where a pod must not be without them. */
const ALWAYS = ['pods', 'count/pods', 'requests.example.com/gpu'];

test.each(Object.entries(countedPods))('%s', async (_, { spec, ranges = [], counted }) => {
  const world = await worlds.make();
  for (const range of ranges) await create(world, range);
  // The server's own list of them may be some moments old.
  if (ranges.length > 0) await eventually(world, 'the LimitRange', () => isLimited(world));
  const hard = Object.fromEntries([...ALWAYS, ...Object.keys(counted)].map((name) => [name, '100Gi']));
  const used = await usedBy(world, { hard }, spec);
  const others = Object.fromEntries(ALWAYS.filter((name) => !(name in counted)).map((name) => [name, '0']));
  const expected = { ...others, pods: '1', 'count/pods': '1', ...counted };
  expect(amounts(used)).toEqual(amounts(expected));
});

test.each(scopedPods)('a quota for some pods only: %s', async (_, scopes, spec, counted) => {
  const world = await worlds.make();
  // Only with a class that is there may a pod name it.
  await world.user.apply(
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1 },
    { force: true },
  );
  const used = await usedBy(world, { hard: { pods: '100' }, ...scopes }, spec);
  expect(used.pods).toBe(counted ? '1' : '0');
});

/** What a quota says to be in use once a pod is there. */
async function usedBy(world: World, quota: object, spec: object): Promise<Record<string, string>> {
  await create(world, { ...quotaKind, metadata: { name: 'all' }, spec: quota });
  await eventually(world, 'the quota', async () => (await statusOf(world)).hard !== undefined);
  await create(world, { ...kinds.pod, metadata: { name: 'one' }, spec });
  return (await statusOf(world)).used!;
}

/** Whether a pod that says nothing of resources gets some, or is refused. */
async function isLimited({ user, namespace }: World): Promise<boolean> {
  const containers = [{ name: 'main', image: 'example.com/main' }];
  const pod = { ...kinds.pod, metadata: { name: 'none', namespace }, spec: { containers } };
  try {
    const { metadata } = await user.apply(pod, { force: true, dryRun: true });
    return metadata.annotations?.['kubernetes.io/limit-ranger'] !== undefined;
  } catch (error) {
    return error instanceof ApiError && error.status === 403;
  }
}

async function statusOf({ user, namespace }: World) {
  const live = await user.get({ ...quotaKind, name: 'all', namespace });
  return (live as Live & { status?: { hard?: object; used?: Record<string, string> } }).status ?? {};
}

function create({ user, namespace }: World, object: Manifest): Promise<Live> {
  return user.create({ ...object, metadata: { ...object.metadata, namespace } });
}

function amounts(quantities: Readonly<Record<string, string>>): Record<string, bigint | undefined> {
  return Object.fromEntries(Object.entries(quantities).map(([name, amount]) => [name, thousandths(amount)]));
}
