/** The seed's story, by the real `pulumi` on a real API server, from the packed tarball. */
import { describe, expect, test } from 'vitest';
import { find, getDeployment, ingressKind, ours, versions, type World } from '../cluster/world';
import { kinds } from '../../lib/cluster';
import { approve, sample, type Shown } from './release';
import { scenes } from './suite';

const scene = scenes();
const A_CANARY = 'Deployment spring-cloud-a-canary';
const ROUTE = 'Ingress spring-cloud-a-canary';

describe("the seed's story", () => {
  test('a goes gate by gate, and b while a waits', async () => {
    const { stack, world, namespace } = await scene();
    const first = await stack.up(sample(namespace));
    expect(first.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'stable' } });
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);

    const v2 = sample(namespace, { a: 'v2' });
    const shown = await stack.preview(v2);
    expect(shown.text).toMatch(/stage *: "stable" => "step-1\/route"/);
    expect(shown.text).toMatch(/step-1\/canary: .*created Deployment spring-cloud-a-canary \(1 x \w+\)/);
    expect(shown.text).toMatch(/step-1\/route: created Ingress spring-cloud-a-canary \(route User-Agent: foo/);
    expect(shown.changes).toMatchObject({ update: 1, same: 3 });

    const waiting = await stack.up(v2);
    expect(waiting.changes).toEqual(shown.changes);
    expect(waiting.outputs).toMatchObject({ a: { stage: 'step-1/route', message: goOn('rollout-a#1/step-1') } });
    expect(stagesIn(waiting)).toEqual(['rollout-a: step-1/canary', 'rollout-a: step-1/route']);
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1', 'v2']);
    expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBe(true);
    expect(await ours(world)).toEqual([A_CANARY, ROUTE]);

    const again = await stack.up(v2);
    expect(again.changes).toEqual({ same: 4 });
    expect(again.text).toContain(goOn('rollout-a#1/step-1'));
    expect((await stack.refresh()).changes).toEqual({ same: 4 });

    const both = sample(namespace, { a: 'v2', b: 'v2' });
    const withB = await stack.up(both, {});
    expect(withB.outputs).toMatchObject({ a: { stage: 'step-1/route' }, b: { stage: 'step-1/route' } });
    expect(withB.changes).toMatchObject({ update: 1 });

    const promoted = await stack.up(both, approve('rollout-a#1/step-1'));
    expect(promoted.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'step-1/route' } });
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2']);
    // b alone holds the lane.
    expect(await ours(world)).toEqual(['Deployment spring-cloud-b-canary', ROUTE]);

    const twice = await stack.up(both, approve('rollout-a#1/step-1'));
    expect(twice.changes).toEqual({ same: 4 });
    const done = await stack.up(both, approve('rollout-b#1/step-1'));
    expect(done.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'stable' } });
    expect(await ours(world)).toEqual([]);
    expect((await stack.refresh()).changes).toEqual({ same: 4 });

    await stack.destroy();
    expect(await leftovers(world)).toEqual([]);
  });

  test('abort at the gate and in promotion, a third revision, destroy in mid-release', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(sample(namespace));
    await stack.up(sample(namespace, { a: 'v2' }));
    const aborted = await stack.up(sample(namespace));
    expect(aborted.outputs).toMatchObject({ a: { stage: 'stable' } });
    expect(stagesIn(aborted)).toEqual(['rollout-a: abort/unroute', 'rollout-a: start']);
    expect(await ours(world)).toEqual([]);

    // A revision that is ready as a canary, and not any more when stable has it: the quota is full.
    const hasty = { timeout: 10 };
    await stack.up(sample(namespace, { a: 'v2', over: hasty }));
    await world.user.create(quota(namespace, 4));
    const stuck = await stack.upFails(sample(namespace, { a: 'v2', over: hasty }), approve('rollout-a#2/step-1'));
    expect(stuck).toMatch(/rollout-a: promote\/stable: stable spring-cloud-a: .*exceeded quota.*\(deadline\)/s);
    await world.user.delete({ apiVersion: 'v1', kind: 'ResourceQuota', name: 'pods', namespace });
    const back = await stack.up(sample(namespace, { over: hasty }));
    expect(stagesIn(back)).toEqual(['rollout-a: abort/stable', 'rollout-a: abort/unroute', 'rollout-a: start']);
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);

    await stack.up(sample(namespace, { a: 'v2' }));
    const third = await stack.up(sample(namespace, { a: 'v3' }), approve('rollout-a#3/step-1'));
    expect(third.outputs).toMatchObject({ a: { stage: 'step-1/route', message: goOn('rollout-a#4/step-1') } });
    expect(await versions(world, { 'graylane.io/track': 'canary' })).toEqual(['v3']);

    await stack.destroy();
    expect(await leftovers(world)).toEqual([]);
    expect((await find(world, ingressKind, 'spring-cloud-a'))?.metadata.annotations).toBeUndefined();
  });

  test('--target of something else moves nothing', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(sample(namespace));
    const lane = (await stack.resources()).find(({ type }) => type.endsWith(':TrafficRoutingLane'))!;
    await stack.up(sample(namespace, { a: 'v2' }), {}, [lane.urn]);
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);
    expect(await ours(world)).toEqual([]);
  });
});

function goOn(approval: string): string {
  return `${approval.split('#')[0]} waits at step-1; to go on: GRAYLANE_APPROVE=${approval} pulumi up`;
}

/** Lines of the diagnostics, at the end: one for each stage, whatever passed by. */
function stagesIn({ text }: Shown): string[] {
  const diagnostics = text.slice(text.indexOf('Diagnostics:'));
  return diagnostics
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^rollout-[ab]: (step-|promote|abort|stable|start)\S*$/.test(line));
}

/** Everything that a release may leave. */
async function leftovers(world: World): Promise<string[]> {
  const all = await Promise.all(
    [kinds.deployment, kinds.lease, kinds.configMap].map((kind) =>
      world.user.list(kind, { namespace: world.namespace }),
    ),
  );
  const names = all.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [...names.filter((name) => !name.endsWith('kube-root-ca.crt')), ...(await ours(world))];
}

function quota(namespace: string, pods: number) {
  const metadata = { name: 'pods', namespace };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: `${pods}` } } };
}
