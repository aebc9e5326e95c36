/** What each operation asks the API server, and what for: a table of all calls that are allowed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { sharingLists } from '../../lib/pulumi/host/shared-reads';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { calls } from '../cluster/simulated.world';
import { web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
});

/** Calls of one kind and how often they are made, by what they are for. */
async function counted(act: () => Promise<unknown>): Promise<Record<string, number>> {
  calls.length = 0;
  await act();
  const counts: Record<string, number> = {};
  for (const { verb, kind } of calls) counts[`${verb} ${kind}`] = (counts[`${verb} ${kind}`] ?? 0) + 1;
  return counts;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** As many rollouts, each with a Deployment of its own. */
function fifty() {
  return Array.from({ length: 50 }, (_, i) => {
    const name = `app-${i}`;
    const declared: DeclaredRollout = { resource: name, workload: workload(name, 'v1', 1), steps: [{ replicas: 1 }] };
    return { stack: here.stack(), declared };
  });
}

/** Whether the record says something else than the state, and the Deployment is gone. */
const AT_REST = { 'get ConfigMap': 1, 'get Deployment': 1 };

describe('with nothing to do', () => {
  test('a preview reads the record and the Deployment', async () => {
    await stack.up(web('v1'));
    expect(await counted(() => stack.preview(web('v1')))).toEqual(AT_REST);
  });

  test('an update does, too, and nothing else', async () => {
    await stack.up(web('v1'));
    expect(await counted(() => stack.up(web('v1')))).toEqual(AT_REST);
  });

  test('a refresh tries, beside that, what applying would change', async () => {
    await stack.up(web('v1'));
    const tried = { 'get Deployment': 2, 'apply Deployment': 1 };
    expect(await counted(() => stack.refresh())).toEqual({ ...AT_REST, ...tried });
  });

  test('50 rollouts of a namespace read three of each kind, and list the others', async () => {
    const all = fifty();
    for (const { stack, declared } of all) expect((await stack.up(declared)).error).toBe('');
    const counts = await counted(async () => {
      for (const { stack, declared } of all)
        expect(await stack.up(declared)).toMatchObject({ error: '', operation: 'same' });
    });
    expect(counts).toEqual({ 'get ConfigMap': 3, 'list ConfigMap': 1, 'get Deployment': 3, 'list Deployment': 1 });
  });
});

test('a creation', async () => {
  expect(await counted(() => stack.up(web('v1')))).toEqual({
    // For the plan; whether it is another stack's; under the Lease.
    'get ConfigMap': 3,
    // Three times on the way there, to refuse one that is there already. Then what others have made of it; over what it is
    // applied; and three looks at its pods, until it is ready.
    'get Deployment': 9,
    // Whether it takes over pods or a Service of another rollout: in the preview, and before it is made.
    'list ConfigMap': 2,
    // One writer: taken, and given back.
    'get Lease': 2,
    'create Lease': 1,
    'update Lease': 1,
    // What the rollout refers to.
    'get Service': 1,
    'get Ingress': 2,
    // Whose pods are behind which Service: the canary's label depends on all of them.
    'list Service': 2,
    // Which policies are to have a canary of their own.
    'list NetworkPolicy': 2,
    // Routes of others, on the same base; and what is left of another life of this rollout.
    'list Ingress': 2,
    'list Deployment': 1,
    // The ledger before the deed, and that it was seen ready.
    'create ConfigMap': 1,
    'update ConfigMap': 1,
    'apply Deployment': 1,
    'watch Deployment': 1,
    'watch Pod': 1,
    'list Pod': 3,
    // What a pod that starts waits for.
    'list Event': 2,
    'create Event': 1,
  });
});

test('50 creations at once: what is the same for all is listed a few times, and each does the rest for itself', async () => {
  // As the process of an update has it.
  here.use(sharingLists(here.world.api));
  const counts = await counted(() => Promise.all(fifty().map(({ stack, declared }) => stack.up(declared))));
  const ofEach = Object.entries(counts).flatMap(([call, count]) =>
    count < 50 ? [] : [[call, Math.floor(count / 50)] as const],
  );
  expect(Object.fromEntries(ofEach)).toEqual({
    'get ConfigMap': 3,
    'get Deployment': 7,
    'get Lease': 2,
    'create Lease': 1,
    'update Lease': 1,
    'create ConfigMap': 1,
    'update ConfigMap': 1,
    'apply Deployment': 1,
    'watch Deployment': 1,
    'watch Pod': 1,
    'list Pod': 3,
    'list Event': 1,
    'create Event': 1,
    // What is left of another life of this very rollout, by its label.
    'list Service': 1,
    'list Deployment': 1,
    'list NetworkPolicy': 1,
  });
  // All Services, policies, Deployments and records of the namespace.
  const shared = Object.values(counts).map((count) => count % 50);
  expect(sum(shared)).toBeLessThanOrEqual(30);
  expect(sum(Object.values(counts))).toBeLessThan(1400);
});
