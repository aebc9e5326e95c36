/** Whatever somebody deletes or edits by hand, at every stage: a refresh shows it, and one update repairs it or says why not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds, laneName, readLane, recordName } from '../../lib/cluster';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { ingressKind } from '../cluster/world';
import { inLane, lane, web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

interface App {
  readonly rollout: string;
  /** Of the Deployment, its Service and its Ingress. */
  readonly name: string;
  readonly program: (version: string) => DeclaredRollout;
}

/** With a field beside replicas and template that it declares, too. */
function patient(program: DeclaredRollout): DeclaredRollout {
  const { metadata, spec } = program.workload;
  return { ...program, workload: { metadata, spec: { ...spec, minReadySeconds: 1 } } };
}

const apps: Readonly<Record<string, App>> = {
  'of its own': {
    rollout: 'web',
    name: 'web',
    program: (version) =>
      patient(
        web(version, {
          steps: [
            { replicas: 1, traffic: '20%' },
            { replicas: 2, traffic: '50%' },
          ],
        }),
      ),
  },
  'in a lane': {
    rollout: 'rollout-a',
    name: 'spring-cloud-a',
    program: (version) => patient(inLane('rollout-a', 'spring-cloud-a', version)),
  },
};

/** Where the release is; the version that is declared there. */
const stages: Readonly<Record<string, (stack: ModelStack<DeclaredRollout>, app: App, here: Scene) => Promise<string>>> =
  {
    'at rest': async () => 'v1',
    'at its first gate': async (stack, { program }) => {
      await stack.up(program('v2'));
      return 'v2';
    },
    'at its last gate': async (stack, { program, rollout }, here) => {
      await stack.up(program('v2'));
      if (program('v2').steps.length === 1) return 'v2';
      here.environment.GRAYLANE_APPROVE = `${rollout}#1/step-1`;
      await stack.up(program('v2'));
      delete here.environment.GRAYLANE_APPROVE;
      return 'v2';
    },
    'after it': async (stack, { program, rollout }, here) => {
      await stack.up(program('v2'));
      here.environment.GRAYLANE_APPROVE = [1, 2].map((step) => `${rollout}#1/step-${step}`).join();
      await stack.up(program('v2'));
      delete here.environment.GRAYLANE_APPROVE;
      return 'v2';
    },
  };

type Kind = { readonly apiVersion: string; readonly kind: string };
type Deed = (app: App, here: Scene) => Promise<unknown>;

const removes =
  (kind: Kind, name: (app: App) => string): Deed =>
  (app, { world }) =>
    world.user.delete({ ...kind, name: name(app), namespace: world.namespace });
/** What is not there cannot be edited. */
const edits =
  (kind: Kind, name: (app: App) => string, change: (app: App) => object): Deed =>
  (app, { world }) =>
    world.user.patch({ ...kind, name: name(app), namespace: world.namespace }, change(app)).catch(() => undefined);

const stable = ({ name }: App) => name;
const canary = ({ name }: App) => `${name}-canary`;
const image = ({ name }: App) => ({ spec: { template: { spec: workload(name, 'v9').spec.template.spec } } });

const deeds: Readonly<Record<string, Deed>> = {
  'stable is deleted': removes(kinds.deployment, stable),
  'the canary is deleted': removes(kinds.deployment, canary),
  "the canary's Service is deleted": removes(kinds.service, canary),
  'the route is deleted': removes(ingressKind, canary),
  'the base is deleted': removes(ingressKind, stable),
  'the Service is deleted': removes(kinds.service, stable),
  'the ledger is deleted': removes(kinds.configMap, ({ rollout }) => recordName(rollout)),
  'the lane is deleted': removes(kinds.configMap, () => laneName({ name: 'mse-traffic' })),
  'the holders of the lane are deleted': edits(
    kinds.configMap,
    () => laneName({ name: 'mse-traffic' }),
    () => ({
      data: { holders: '[]' },
    }),
  ),
  'stable is scaled': edits(kinds.deployment, stable, () => ({ spec: { replicas: 5 } })),
  'stable gets another image': edits(kinds.deployment, stable, image),
  'stable gets another strategy': edits(kinds.deployment, stable, () => ({ spec: { minReadySeconds: 7 } })),
  'stable is resumed': edits(kinds.deployment, stable, () => ({ spec: { paused: null } })),
  'the canary is scaled': edits(kinds.deployment, canary, () => ({ spec: { replicas: 3 } })),
  'the canary is stopped': edits(kinds.deployment, canary, () => ({ spec: { replicas: 0 } })),
  'the canary gets another image': edits(kinds.deployment, canary, image),
  "the canary's Service selects others": edits(kinds.service, canary, () => ({ spec: { selector: { app: 'other' } } })),
  'the route takes other requests': async ({ name }, { world }) => {
    const ref = { ...ingressKind, name: `${name}-canary`, namespace: world.namespace };
    const route = await world.user.get(ref);
    const ours = Object.keys(route?.metadata.annotations ?? {}).filter((key) => key.startsWith('nginx.'));
    if (route)
      await world.user.patch(ref, { metadata: { annotations: Object.fromEntries(ours.map((key) => [key, '90'])) } });
  },
  'the route leads elsewhere': edits(ingressKind, canary, () => ({ spec: { rules: [] } })),
};

/** What of a rollout is its own, as far as it wrote it. */
async function owned({ name, rollout, program }: App, { world }: Scene): Promise<object> {
  const { user, namespace } = world;
  const found = (kind: Kind, of: string) => user.get({ ...kind, name: of, namespace });
  const stable = await found(kinds.deployment, name);
  const fields = ['paused', ...Object.keys(program('v1').workload.spec)];
  const [deployment, service, ingress] = await Promise.all(
    ([kinds.deployment, kinds.service, ingressKind] as Kind[]).map((kind) => found(kind, `${name}-canary`)),
  );
  const lanes = await readLane(user, { name: 'mse-traffic', namespace });
  return {
    stable: stable && fields.map((field) => (stable.spec as Record<string, unknown>)[field]),
    canary: [deployment?.spec, service?.spec],
    route: [ingress?.spec, ingress?.metadata.annotations],
    holds: lanes?.holders.some((holder) => holder.rollout === rollout && holder.holds) ?? false,
    ledger: (await found(kinds.configMap, recordName(rollout))) !== undefined,
  };
}

/** Why an update may leave it: each of them says what is to be done. */
const reasons = /\((object-missing|stable-drifted|adoption-needed|stable-paused|lane-not-found)\)/;

async function expectSeen(appName: string, stage: string, done: readonly string[]): Promise<void> {
  const here = await scene();
  const app = apps[appName]!;
  const lanes = here.lane();
  await lanes.up(lane());
  const stack = here.stack();
  await stack.up(app.program('v1'));
  const program = app.program(await stages[stage]!(stack, app, here));
  const before = await owned(app, here);
  const { stage: at, gate, revision } = stack.kept!.outputs;
  const stood = { stage: at, gate, revision };
  for (const deed of done) await deeds[deed]!(app, here);
  const touched = JSON.stringify(await owned(app, here)) !== JSON.stringify(before);
  await here.world.clock.sleep(5000);

  const shown = await stack.refresh();
  if (touched) expect(shown).toBe(true);
  await lanes.refresh();
  expect((await lanes.up(lane())).error).toBe('');
  if (stack.kept === undefined) return void expect(done).toContain('the ledger is deleted');
  const preview = await stack.preview(program);
  const { error, operation } = await stack.up(program);
  if (error !== '') return void expect(error).toMatch(reasons);
  if (touched) expect([preview.operation, operation]).toEqual(['update', 'update']);
  expect(await owned(app, here)).toEqual(before);
  expect(stack.kept.outputs).toMatchObject(stood);
  expect(await stack.refresh()).toBe(false);
  expect((await stack.up(program)).operation).toBe('same');
}

describe.each(Object.keys(apps))('a rollout %s', (app) => {
  describe.each(Object.keys(stages))('%s', (stage) => {
    test.each(Object.keys(deeds))('%s', (deed) => expectSeen(app, stage, [deed]));
  });
});

test('whatever comes together', async () => {
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(deeds)), { minLength: 2, maxLength: 4 });
  const where = [fc.constantFrom(...Object.keys(apps)), fc.constantFrom(...Object.keys(stages))] as const;
  await fc.assert(fc.asyncProperty(...where, some, expectSeen), { numRuns: 60 });
});
