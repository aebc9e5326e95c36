/** Whose a Deployment is: adoption, renames, moves and deletes. Nothing that still serves is deleted. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, kinds, ourFields, up } from '../../lib/cluster';
import { requestOf } from '../../lib/pulumi/resource-kinds/rollout-request';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { deployment } from '../cluster/app';
import { approvalOf } from '../cluster/approvals';
import { engineOf, eventually, find, getDeployment, ours, userApplies, versions } from '../cluster/world';
import { web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';
import { away, killedAt, troubled } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
});

const exists = async () => (await find(here.world, kinds.deployment, 'web')) !== undefined;
const stored = async () =>
  (await here.world.user.list(kinds.configMap, { namespace: here.world.namespace })).map(
    ({ metadata }) => metadata.name,
  );

describe('a Deployment that exists', () => {
  beforeEach(async () => {
    await userApplies(here.world, [deployment('web', { replicas: 2 })]);
    await eventually(
      here.world,
      'its pods',
      async () => (await getDeployment(here.world, 'web')).status?.availableReplicas === 2,
    );
  });

  test('is not taken without a word: the preview says so, with the recipe', async () => {
    const shown = await stack.preview(web('v1'));
    expect(shown).toMatchObject({
      operation: 'failed',
      error: expect.stringMatching(/adopt: true.*retainOnDelete/) as unknown,
    });
  });

  test('is adopted without a restart, released, and left alone on the way back', async () => {
    const pods = await here.world.user.list(kinds.pod, { namespace: here.world.namespace });
    expect((await stack.preview(web('v1', { adopt: true }))).inputs.__plan).toEqual([
      expect.stringMatching(/adopts Deployment .*web/),
    ]);
    await stack.up(web('v1', { adopt: true }));
    expect(await here.world.user.list(kinds.pod, { namespace: here.world.namespace })).toEqual(pods);
    await stack.up(web('v2', { adopt: true }));
    expect(await stack.destroy()).toBeUndefined();
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await ours(here.world)).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  test('is adopted whatever its controller writes meanwhile, and by an update that was killed before its end', async () => {
    const { api } = here.world;
    const owners = async () =>
      (await getDeployment(here.world, 'web')).metadata.managedFields?.filter(
        ({ manager, subresource }) => manager === 'kubectl' && !subresource,
      );
    for (let write = 0; write < 4; write++) {
      here.use(killedAt(api, write).api);
      await stack.up(web('v1', { adopt: true }));
      stack.kept = undefined;
    }
    let conflicts = 0;
    here.use(
      troubled(api, (verb) => {
        if (verb === 'patch' && conflicts++ === 0) throw new ApiError(409, 'Conflict', 'modified');
      }),
    );
    expect((await stack.up(web('v1', { adopt: true }))).error).toBe('');
    expect(await owners()).toEqual([]);
  });

  test('is adopted with its running template only', async () => {
    expect((await stack.up(web('v2', { adopt: true }))).error).toMatch(/containers\[0\]\.image.*\(adoption-differs\)/);
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  });
});

describe('a Deployment of the Kubernetes provider of Pulumi', () => {
  /** As that provider marks what it applies, with server-side apply and without. */
  const marks: Record<string, object> = {
    'by its field manager': {
      managedFields: [
        { manager: 'pulumi-kubernetes-1a2b3c4d', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ],
    },
    'by an annotation': { annotations: { 'pulumi.com/autonamed': 'true' } },
    'by its label': { labels: { 'app.kubernetes.io/managed-by': 'pulumi' } },
  };
  const recipe = /Kubernetes provider.*retainOnDelete: true.*adopt: 'retained'.*adoption-needed/s;

  beforeEach(async () => {
    await userApplies(here.world, [deployment('web', { replicas: 2 })]);
    await eventually(
      here.world,
      'its pods',
      async () => (await getDeployment(here.world, 'web')).status?.availableReplicas === 2,
    );
  });

  test.each(Object.keys(marks))(
    'is known %s, and refused with the recipe: its resource would delete it',
    async (how) => {
      const { namespace } = here.world;
      await here.world.user.patch({ ...kinds.deployment, name: 'web', namespace }, { metadata: marks[how] });
      for (const adopt of [true, false]) expect((await stack.up(web('v1', { adopt }))).error).toMatch(recipe);
      expect(stack.kept).toBeUndefined();
      expect(await stored()).toEqual([]);
      // What Pulumi has in its state cannot be seen from here.
      expect((await stack.preview(web('v1', { adopt: 'retained' }))).inputs.__plan).toEqual([
        expect.stringMatching(
          /^web: adopts Deployment .*web; no pod restarts, if .* retainOnDelete: true .*earlier update/,
        ),
      ]);
      expect((await stack.up(web('v1', { adopt: 'retained' }))).error).toBe('');
      expect((await stack.up(web('v2', { adopt: 'retained' }))).outputs).toMatchObject({
        gate: approvalOf('web#1/step-1'),
      });
    },
  );

  test('is refused by the update too, where the preview reached no cluster', async () => {
    const { namespace } = here.world;
    const ref = { ...kinds.deployment, name: 'web', namespace };
    await here.world.user.patch(ref, { metadata: marks['by its field manager'] });
    here.use(away(here.world.api));
    const { inputs } = await stack.preview(web('v1', { adopt: true }));
    here.use(here.world.api);
    await expect(here.methods.create({ ...inputs, __plan: [] } as never)).rejects.toThrow(recipe);
  });
});

describe('a second stack with the same rollout', () => {
  const of = (stackName: string, version: string, over: Partial<DeclaredRollout> = {}) =>
    web(version, { reportAs: `urn:pulumi:${stackName}::shop::graylane:CanaryRollout::web`, ...over });
  const taken = /Deployment \S+web .*stack shop\/dev.*adopt: true.*\(adoption-needed\)/s;
  let second: ModelStack<DeclaredRollout>;

  beforeEach(async () => {
    second = here.stack();
    await stack.up(of('dev', 'v1'));
  });

  test.each(['v1', 'v2'])('is refused by its preview, and by its update, with %s', async (version) => {
    await stack.up(of('dev', 'v2'));
    const before = await ours(here.world);
    expect((await second.preview(of('prod', version))).error).toMatch(taken);
    here.use(away(here.world.api));
    const { inputs } = await second.preview(of('prod', version));
    here.use(here.world.api);
    await expect(here.methods.create({ ...inputs, __plan: [] } as never)).rejects.toThrow(taken);
    expect(await ours(here.world)).toEqual(before);
    expect((await stack.up(of('dev', 'v2'))).operation).toBe('same');
  });

  test('takes it over with adopt; the first one then touches it no more, until it is told to', async () => {
    expect((await second.up(of('prod', 'v1', { adopt: true }))).error).toBe('');
    expect((await second.up(of('prod', 'v2', { adopt: true }))).outputs).toMatchObject({
      gate: approvalOf('web#1/step-1'),
    });
    for (const adopt of [true, false]) {
      for (const one of [await stack.preview(of('dev', 'v3', { adopt })), await stack.up(of('dev', 'v3', { adopt }))]) {
        expect(one.error).toMatch(/stack shop\/prod.*pulumi state delete/s);
      }
    }
    expect(await versions(here.world, { app: 'web-canary' })).toEqual(['v2']);
    // As it says.
    const back = here.stack();
    expect((await back.up(of('dev', 'v1', { adopt: true }))).outputs).toMatchObject({ stage: 'stable' });
    expect(await second.destroy()).toBeUndefined();
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect((await back.up(of('dev', 'v1', { adopt: true }))).operation).toBe('same');
  });

  test('is refused where the version before has not noted the stack', async () => {
    const { namespace } = here.world;
    const annotations = { 'graylane.io/pulumi-stack': null };
    await here.world.user.patch({ ...kinds.deployment, name: 'web', namespace }, { metadata: { annotations } });
    expect((await second.up(of('prod', 'v1'))).error).toMatch(/another resource of Pulumi.*adopt: true/s);
    expect((await stack.up(of('dev', 'v2'))).error).toBe('');
  });

  test('is none when its create was killed, its resource was renamed, or the whole stack was', async () => {
    expect((await here.stack().up(of('dev', 'v1'))).error).toBe('');
    expect((await here.stack().up(of('dev', 'v2', { resource: 'shop', name: 'web' }))).error).toBe('');
    const renamed = here.stack();
    await renamed.up(of('dev', 'v2'));
    expect((await renamed.up(of('stage', 'v3'))).error).toBe('');
  });
});

test('a workload without a namespace goes to that of the stack, as with the Kubernetes provider', async () => {
  const namespace = await here.world.newNamespace();
  here.config['kubernetes:namespace'] = namespace;
  const { trafficRoutings: _, ...joined } = web('v1', { steps: [{ replicas: 1 }] });
  expect((await stack.up(joined)).outputs).toMatchObject({ namespace, stable: { name: 'web', namespace } });
  const elsewhere = here.stack();
  // Another cluster than the stack's has a namespace of its own.
  expect((await elsewhere.up({ ...joined, kubeconfig: 'there' })).outputs).toMatchObject({
    namespace: here.world.namespace,
  });
});

describe('a rename', () => {
  test('with an alias keeps the rollout and its name, in mid-release too', async () => {
    await stack.up(web('v1'));
    await stack.up(web('v2'));
    const { operation, outputs } = await stack.up(web('v2', { resource: 'shop' }));
    expect({ operation, name: outputs.name, stage: outputs.stage }).toEqual({
      operation: 'same',
      name: 'web',
      stage: 'step-1/route',
    });
  });

  test('without one is refused as another adoption: the old one goes on serving', async () => {
    await stack.up(web('v1'));
    const renamed = await here.stack().up(web('v1', { resource: 'shop' }));
    expect(renamed.error).toMatch(/adoption-needed/);
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  });

  test('without one, with adopt: the new resource takes over, and the delete of the old one leaves it alone', async () => {
    await stack.up(web('v1'));
    await here.stack().up(web('v1', { resource: 'shop', adopt: true }));
    expect(await stack.destroy()).toBeUndefined();
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await stored()).toEqual(['graylane-rollout-shop']);
  });

  test('without one, with metadata.name: the same rollout in a new resource; the old one takes nothing along', async () => {
    await stack.up(web('v1'));
    await stack.up(web('v2'));
    const successor = here.stack();
    expect((await successor.up(web('v2', { resource: 'shop', name: 'web' }))).outputs).toMatchObject({
      stage: 'step-1/route',
    });
    expect(await stack.destroy()).toBeUndefined();
    expect((await successor.up(web('v1', { resource: 'shop', name: 'web' }))).outputs).toMatchObject({
      stage: 'stable',
    });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  });

  test('of the Deployment alone is refused', async () => {
    await stack.up(web('v1'));
    expect((await stack.up(web('v1', { workload: workload('shop') }))).error).toMatch(/workload-renamed/);
    expect(await exists()).toBe(true);
  });

  test('of Deployment and resource is refused with another image; as it runs it is made beside, with a word', async () => {
    const shop = (version: string) => {
      const { spec } = workload('web', version);
      return web(version, { resource: 'shop', workload: { metadata: { name: 'shop' }, spec } });
    };
    await stack.up(web('v1'));
    for (const error of [(await here.stack().preview(shop('v2'))).error, (await here.stack().up(shop('v2'))).error])
      expect(error).toMatch(/of rollout web.*add a second resource.*workload-renamed/s);
    const second = here.stack();
    expect((await second.preview(shop('v1'))).inputs.__warnings).toContainEqual(expect.stringMatching(/left behind/));
    expect((await second.up(shop('v1'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await stack.destroy()).toBeUndefined();
    expect((await second.up(shop('v2'))).outputs).toMatchObject({ stage: 'step-1/route' });
  });
});

describe('another namespace', () => {
  const moved = async (version: string): Promise<DeclaredRollout> => {
    const namespace = await here.world.newNamespace();
    const { trafficRoutings: _, ...joined } = web(version, { steps: [{ replicas: 1 }] });
    const { metadata, spec } = joined.workload;
    return { ...joined, workload: { metadata: { ...metadata, namespace }, spec } };
  };

  test('at rest replaces: the old one goes after the new one is ready', async () => {
    await stack.up(web('v1'));
    const there = await moved('v1');
    expect((await stack.preview(there)).operation).toBe('replace');
    expect((await stack.up(there)).outputs).toMatchObject({
      namespace: there.workload.metadata.namespace,
      stage: 'stable',
    });
    expect(await exists()).toBe(false);
  });

  test('in mid-release is refused', async () => {
    await stack.up(web('v1'));
    await stack.up(web('v2'));
    expect((await stack.preview(await moved('v2'))).error).toMatch(/namespace would change at step-1\/route/);
  });
});

describe('a delete', () => {
  test('R11 in mid-release leaves nothing of ours', async () => {
    await stack.up(web('v1'));
    await stack.up(web('v2'));
    expect(await stack.destroy()).toBeUndefined();
    expect(await exists()).toBe(false);
    expect(await ours(here.world)).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  test('leaves a Deployment that somebody has made anew', async () => {
    await stack.up(web('v1'));
    await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace: here.world.namespace });
    await userApplies(here.world, [deployment('web')]);
    expect(await stack.destroy()).toBeUndefined();
    expect(await exists()).toBe(true);
    expect(await stored()).toEqual([]);
  });

  test.each(['v1', 'v2'])(
    "leaves a Deployment that a resource of Pulumi's Kubernetes provider has taken over, at rest and in mid-release: %s",
    async (version) => {
      await stack.up(web('v1'));
      await stack.up(web(version));
      const { namespace } = here.world;
      const ref = { ...kinds.deployment, name: 'web', namespace };
      const { managedFields = [] } = (await getDeployment(here.world, 'web')).metadata;
      const theirs = {
        manager: 'pulumi-kubernetes-1a2b3c4d',
        operation: 'Apply',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      };
      await here.world.user.patch(ref, { metadata: { managedFields: [...managedFields, theirs] } });
      expect(await stack.destroy()).toBeUndefined();
      expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
      expect(await stored()).toEqual([]);
      expect(ourFields(await getDeployment(here.world, 'web'))).toBeUndefined();
    },
  );

  test('takes one along that the command line has applied last', async () => {
    await stack.up(web('v1'));
    const { namespace } = here.world;
    await up(engineOf(here.world), requestOf({ ...web('v1'), name: 'web', namespace }));
    expect(await stack.destroy()).toBeUndefined();
    expect(await exists()).toBe(false);
  });

  test('of what is gone already is none', async () => {
    await stack.up(web('v1'));
    await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace: here.world.namespace });
    expect(await stack.destroy()).toBeUndefined();
    expect(await stored()).toEqual([]);
  });

  test('by somebody else, of all there is: the next update makes it anew, without a refresh', async () => {
    await stack.up(web('v1'));
    const { namespace } = here.world;
    await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace });
    await here.world.user.delete({ ...kinds.configMap, name: 'graylane-rollout-web', namespace });
    expect((await stack.up(web('v1'))).operation).toBe('update');
    expect(await exists()).toBe(true);
    expect(await stack.refresh()).toBe(false);
    expect((await stack.up(web('v1'))).operation).toBe('same');
  });

  test('seen by a refresh: what is gone is made anew', async () => {
    await stack.up(web('v1'));
    await stack.destroy();
    await stack.up(web('v1'));
    const { namespace } = here.world;
    await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace });
    await here.world.user.delete({ ...kinds.configMap, name: 'graylane-rollout-web', namespace });
    await stack.refresh();
    expect(stack.kept).toBeUndefined();
    expect((await stack.up(web('v1'))).operation).toBe('create');
  });
});
