/** What a preview says is what the update does: beside the walk itself, what somebody else has done and what is refused. */
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../lib/cluster';
import { revisionOf, sameJson } from '../../lib/core';
import { type DeclaredRollout, UNKNOWN } from '../../lib/pulumi/state';
import { service } from '../cluster/app';
import { find, userApplies, versions } from '../cluster/world';
import { web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack, Result } from './stack';
import { forbidding } from './trouble';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
});

const byHand = (version: string) =>
  here.world.user.patch(
    { ...kinds.deployment, name: 'web', namespace: here.world.namespace },
    { spec: { template: { spec: workload('web', version).spec.template.spec } } },
  );
const direct = (version: string) =>
  (here.environment.GRAYLANE_DIRECT = `web@${revisionOf(workload('web', version).spec.template)}`);

const remove = (name: string) => here.world.user.delete({ ...kinds.deployment, name, namespace: here.world.namespace });

/** The preview of an update, and the update. */
async function both(declared: DeclaredRollout): Promise<{ readonly shown: Result; readonly done: Result }> {
  const shown = await stack.preview(declared);
  return { shown, done: await stack.up(declared) };
}

describe('an image that somebody has set by hand', () => {
  test.each([
    ['another image is declared', web('v2')],
    ['the replicas are changed', web('v1', { workload: workload('web', 'v1', 3) })],
    ['a field beside the workload is changed', web('v1', { timeout: 50 })],
  ])('%s: refused, in the preview with the same words', async (_, declared) => {
    await byHand('v9');
    const { shown, done } = await both(declared);
    expect(done.error).toMatch(/\(changed by .*stable-drifted/);
    expect(shown).toMatchObject({ operation: 'failed', error: done.error });
  });

  test('nothing is changed, and a refresh has seen it: refused, in the preview with the same words', async () => {
    await byHand('v9');
    expect(await stack.refresh()).toBe(true);
    const { shown, done } = await both(web('v1'));
    expect(done.error).toMatch(/\(changed by .*stable-drifted/);
    expect(shown).toMatchObject({ operation: 'failed', error: done.error });
  });

  test.each([
    ['as it is', () => undefined],
    ['after a refresh', () => stack.refresh()],
  ])('is declared, %s: it becomes the revision of stable, and no pod restarts', async (_, look) => {
    await byHand('v9');
    await look();
    await here.world.clock.sleep(60_000);
    const pods = () => here.world.user.list(kinds.pod, { namespace: here.world.namespace });
    const before = await pods();
    const { shown, done } = await both(web('v9'));
    expect(shown.inputs.__plan).toEqual(['web: Deployment web runs the declared template already; no pod restarts']);
    expect([shown.operation, done.operation]).toEqual(['update', 'update']);
    expect(done.outputs).toMatchObject({ stage: 'stable', revision: shown.inputs.revision });
    expect((await stack.up(web('v9'))).operation).toBe('same');
    expect((await pods()).map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  });

  test('with GRAYLANE_DIRECT goes to the declared one', async () => {
    await byHand('v9');
    direct('v2');
    const { shown, done } = await both(web('v2'));
    expect(shown.inputs.__plan).toEqual(['web: Deployment web goes to the declared template directly']);
    expect(done).toMatchObject({ error: '', outputs: { stage: 'stable' } });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
  });

  test('and an unchanged program: nothing is looked at, and nothing is done', async () => {
    await byHand('v9');
    expect(await both(web('v1'))).toMatchObject({ shown: { operation: 'same' }, done: { operation: 'same' } });
  });

  test('is not seen by somebody who may only read; the update tells', async () => {
    await byHand('v9');
    here.use(forbidding(here.world.api, 'Deployment'));
    expect((await stack.preview(web('v2'))).error).toBe('');
  });
});

test('a Deployment that is gone is made anew with what is declared', async () => {
  await here.world.user.delete({ ...kinds.deployment, name: 'web', namespace: here.world.namespace });
  await here.world.clock.sleep(1000);
  const { shown, done } = await both(web('v2'));
  expect(shown.inputs.__plan).toEqual([
    expect.stringMatching(/puts right: .*web is gone/),
    `web: makes Deployment ${here.world.namespace}/web`,
  ]);
  expect(done.outputs).toMatchObject({ stage: 'stable' });
});

describe('GRAYLANE_DIRECT in mid-release', () => {
  test.each(['v2', 'v3'])('to %s: the preview says what becomes of the canary', async (version) => {
    await stack.up(web('v2'));
    direct(version);
    const { shown, done } = await both(web(version));
    expect(shown.inputs.__plan).toEqual([
      'web: Deployment web goes to the declared template directly',
      'web: abort/unroute: changed Deployment web (not paused); deleted Ingress web-canary',
      'web: start: deleted Deployment web-canary; deleted Service web-canary',
      'web: then it is stable',
    ]);
    expect(done).toMatchObject({ error: '', outputs: { stage: 'stable', revision: shown.inputs.revision } });
    expect(await versions(here.world, { app: 'web' })).toEqual([version, version]);
  });
});

describe('a ConfigMap or Secret that Pulumi names by itself, and replaces', () => {
  const using = (version: string, source: object): DeclaredRollout => {
    const { metadata, spec } = workload('web', version);
    const pod = { ...spec.template.spec, volumes: [{ name: 'settings', ...source }] };
    return web(version, { workload: { metadata, spec: { ...spec, template: { ...spec.template, spec: pod } } } });
  };
  const sources: [kind: string, of: (name: string) => object][] = [
    ['ConfigMap', (name) => ({ configMap: { name } })],
    ['Secret', (secretName) => ({ secret: { secretName } })],
    ['ConfigMap', (name) => ({ projected: { sources: [{ configMap: { name } }] } })],
  ];

  test.each(sources)('%s: the preview warns, whether or not its new name is known', async (kind, of) => {
    await stack.destroy();
    await stack.up(using('v1', of('settings-1')));
    const { inputs } = await stack.preview(using('v2', of('settings-2')));
    expect(String(inputs.__warnings)).toMatch(new RegExp(`${kind} .*settings-1.*used by stable`));
    const unknown = await stack.preview(using('v2', of(UNKNOWN)));
    expect(unknown.inputs.__plan).toContain(
      `web: stable uses ${kind} settings-1 until a release is over: keep it (retainOnDelete: true), if this update replaces it`,
    );
    const kept = await stack.preview(using(UNKNOWN, of('settings-1')));
    expect(String(kept.inputs.__plan)).not.toContain('settings-1');
  });
});

describe('what is refused by what the cluster has', () => {
  test.each([
    ['a Service that selects the label with another value', { selector: { app: 'other' } }],
    ['a Service without a selector', { selector: undefined }],
  ])('%s', async (_, spec) => {
    await userApplies(here.world, [service('web', spec)]);
    const { shown, done } = await both(web('v2'));
    expect(done.error).not.toBe('');
    expect((shown.inputs.__plan as string[]).join('\n')).toContain(
      `as the cluster is now, this is refused: ${done.error}`,
    );
  });

  test('what is not there may be made by the same update', async () => {
    await here.world.user.delete({ ...kinds.service, name: 'web', namespace: here.world.namespace });
    expect(await find(here.world, kinds.service, 'web')).toBeUndefined();
    const { shown, done } = await both(web('v2'));
    expect(done.error).toMatch(/object-missing/);
    expect((shown.inputs.__plan as string[]).join('\n')).toMatch(/what they change is not known yet: /);
  });
});

describe('the names that Pulumi shows of what changes', () => {
  /** Beginning with `__` it is shown nowhere: getDiffInfo of Pulumi 3.259. */
  const changed = async (declared: DeclaredRollout): Promise<string[]> => {
    const { inputs: before } = stack.kept!;
    const { inputs } = (await both(declared)).shown;
    const names = Object.keys({ ...before, ...inputs }).filter((name) => !name.startsWith('__'));
    return names.filter((name) => !sameJson(before[name], inputs[name])).sort();
  };
  const atGate = () => stack.up(web('v2'));
  const RELEASED = ['gate', 'revision', 'stage', 'workload'];

  test.each<[string, () => unknown, DeclaredRollout, string[]]>([
    ['a release', () => undefined, web('v2'), RELEASED],
    ['the way back', atGate, web('v1'), RELEASED],
    ['an approval', () => atGate().then(() => here.approve('web#1/step-1')), web('v2'), ['gate', 'stage']],
    ['nothing', () => undefined, web('v1'), []],
    ['nothing, at a gate', atGate, web('v2'), []],
    ['a direct change', () => direct('v2'), web('v2'), ['revision', 'workload']],
    ['replicas', () => undefined, web('v1', { workload: workload('web', 'v1', 3) }), ['workload']],
    ['what is put right', () => atGate().then(() => remove('web-canary')), web('v2'), []],
  ])('%s', async (_, before, declared, names) => {
    await before();
    expect(await changed(declared)).toEqual(names);
    delete here.environment.GRAYLANE_APPROVE;
    delete here.environment.GRAYLANE_DIRECT;
    // Nor does what was given once come up in the next one.
    const { shown } = await both(declared);
    expect(shown.operation).toBe('same');
    expect(await changed(web('v5', { hold: true }))).toEqual(
      [...RELEASED.filter((name) => name !== 'gate' && name !== 'stage'), 'hold'].sort(),
    );
  });
});
