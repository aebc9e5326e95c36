/** The seed's story, by the real `pulumi` on a real API server, from the packed tarball. */
import { describe, expect, test } from 'vitest';
import { approvalOf } from '../cluster/approvals';
import { find, getDeployment, ingressKind, ours, versions } from '../cluster/world';
import { approve, sample } from './programs';
import { expectAgreement, stagesIn } from './shown';
import { leftovers, scenes } from './suite';

const scene = scenes();
const A_CANARY = 'Deployment spring-cloud-a-canary';
const ROUTE = 'Ingress spring-cloud-a-canary';

describe("the seed's story", () => {
  test('a goes gate by gate, and b while a waits', async () => {
    const { stack, world, namespace, cluster } = await scene();
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
    expectAgreement(shown, waiting);
    expect(waiting.outputs).toMatchObject({ a: { stage: 'step-1/route', message: goOn('rollout-a#1/step-1') } });
    expect(stagesIn(waiting)).toEqual(['rollout-a: step-1/canary', 'rollout-a: step-1/route']);
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1', 'v2']);
    expect((await getDeployment(world, 'spring-cloud-a')).spec.paused).toBe(true);
    expect(await ours(world)).toEqual([A_CANARY, ROUTE]);
    const a = (await stack.resources()).find(({ urn }) => urn.endsWith('::rollout-a'))!;
    expect(a.outputs).toMatchObject({
      stage: 'step-1/route',
      gate: approvalOf('rollout-a#1/step-1'),
      revision: expect.stringMatching(/^\w{12}$/) as unknown,
      stable: { name: 'spring-cloud-a', namespace },
      canary: { name: 'spring-cloud-a-canary', namespace },
      cluster: cluster.server,
    });
    expect(Buffer.byteLength(a.inputs.__provider as string)).toBeLessThan(1024);

    const again = await stack.upAsShown(v2);
    expect(again.changes).toEqual({ same: 4 });
    expect(again.text).toEqual(goOn('rollout-a#1/step-1'));
    expect((await stack.refresh()).changes).toEqual({ same: 4 });

    const both = sample(namespace, { a: 'v2', b: 'v2' });
    const withB = await stack.upAsShown(both);
    expect(withB.outputs).toMatchObject({ a: { stage: 'step-1/route' }, b: { stage: 'step-1/route' } });
    expect(withB.changes).toMatchObject({ update: 1 });

    const promoted = await stack.upAsShown(both, approve('rollout-a#1/step-1'));
    expect(promoted.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'step-1/route' } });
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v2', 'v2']);
    // b alone holds the lane.
    expect(await ours(world)).toEqual(['Deployment spring-cloud-b-canary', ROUTE]);

    // A job that runs twice.
    const twice = await stack.upAsShown(both, approve('rollout-a#1/step-1'));
    expect(twice.changes).toEqual({ same: 4 });
    const done = await stack.upAsShown(both, approve('rollout-b#1/step-1'));
    expect(done.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'stable' } });
    expect(await ours(world)).toEqual([]);
    expect((await stack.refresh()).changes).toEqual({ same: 4 });

    await stack.destroy();
    expect(await leftovers(world)).toEqual([]);
  });

  test('abort of each, at the gate and in promotion; a third revision; destroy in mid-release', async () => {
    const { stack, world, namespace } = await scene();
    await stack.up(sample(namespace));
    const both = sample(namespace, { a: 'v2', b: 'v2' });
    await stack.up(both);
    const aborted = await stack.upAsShown(sample(namespace, { b: 'v2' }));
    expect(aborted.outputs).toMatchObject({ a: { stage: 'stable' }, b: { stage: 'step-1/route' } });
    expect(stagesIn(aborted)).toEqual(['rollout-a: abort/unroute', 'rollout-a: start']);
    expect(await ours(world)).toEqual(['Deployment spring-cloud-b-canary', ROUTE]);
    const none = await stack.upAsShown(sample(namespace));
    expect(stagesIn(none)).toEqual(['rollout-b: abort/unroute', 'rollout-b: start']);
    expect(await ours(world)).toEqual([]);

    // A revision that is ready as a canary, and not any more when stable has it: the quota is full.
    await stack.up(both);
    await world.user.create(quota(namespace, 6));
    const hasty = sample(namespace, { a: 'v2', b: 'v2', over: { timeout: 8 } });
    const stuck = await stack.upFails(hasty, approve('rollout-a#2/step-1', 'rollout-b#2/step-1'));
    for (const name of ['a', 'b']) {
      expect(stuck).toMatch(
        new RegExp(
          `rollout-${name}: promote/stable: stable spring-cloud-${name}: .*exceeded quota.*\\(deadline\\)`,
          's',
        ),
      );
    }
    await world.user.delete({ apiVersion: 'v1', kind: 'ResourceQuota', name: 'pods', namespace });
    const back = await stack.upAsShown(sample(namespace));
    for (const name of ['rollout-a', 'rollout-b']) {
      expect(stagesIn(back).filter((line) => line.startsWith(name))).toEqual([
        `${name}: abort/stable`,
        `${name}: abort/unroute`,
        `${name}: start`,
      ]);
    }
    expect(await versions(world, { app: 'spring-cloud-a' })).toEqual(['v1', 'v1']);
    expect(await versions(world, { app: 'spring-cloud-b' })).toEqual(['v1', 'v1']);

    // The approval is left over from the release before.
    await stack.up(sample(namespace, { a: 'v2' }));
    const third = await stack.upAsShown(sample(namespace, { a: 'v3' }), approve('rollout-a#3/step-1'));
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

/** What contains it, whatever the id of the release. */
function goOn(approval: string): string {
  const [rollout] = approval.split('#');
  const form = `${rollout} waits at step-1; to go on: GRAYLANE_APPROVE=${approval.replace('/', '-\\w{12}/')} pulumi up`;
  return expect.stringMatching(form) as string;
}

function quota(namespace: string, pods: number) {
  const metadata = { name: 'pods', namespace };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: `${pods}` } } };
}
