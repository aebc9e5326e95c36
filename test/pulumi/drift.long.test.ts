/** Whatever somebody deletes or edits by hand, at every stage: a refresh shows it, and one update repairs it or says why not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds, laneName, readLane, recordName, type Ref, refOf } from '../../lib/cluster';
import { type Manifest, revisionOf } from '../../lib/core';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { ingressKind, ours, userApplies } from '../cluster/world';
import { inLane, lane, web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

interface App {
  readonly rollout: string;
  /** What the user has beside it. */
  readonly beside?: readonly Manifest[];
  /** Of the Deployment, its Service and its Ingress. */
  readonly name: string;
  /** Deeds that would do nothing to it. */
  readonly without: RegExp;
  readonly program: (version: string) => DeclaredRollout;
}

const routeKind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const policyKind = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };

/** With a field beside replicas and template that it declares, too. */
function patient(program: DeclaredRollout): DeclaredRollout {
  const { metadata, spec } = program.workload;
  return { ...program, workload: { metadata, spec: { ...spec, minReadySeconds: 1 } } };
}

const apps: Readonly<Record<string, App>> = {
  'of its own': {
    rollout: 'web',
    without: /HTTPRoute|policies|lane/,
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
  // Its route is in the base itself, and its pods have a policy.
  'on an HTTPRoute': {
    rollout: 'web',
    without: /the route|the base|lane|stable (gets|is scaled|is resumed)/,
    name: 'web',
    beside: [
      {
        ...routeKind,
        metadata: { name: 'web' },
        spec: {
          parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
          rules: [{ backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }] }],
        },
      },
      { ...policyKind, metadata: { name: 'web' }, spec: { podSelector: { matchLabels: { app: 'web' } } } },
    ],
    program: (version) =>
      patient(web(version, { trafficRoutings: [{ service: 'web', gateway: { httpRouteName: 'web' } }] })),
  },
  'in a lane': {
    rollout: 'rollout-a',
    without: /HTTPRoute|policies|canary's Service/,
    name: 'spring-cloud-a',
    program: (version) => patient(inLane('rollout-a', 'spring-cloud-a', version)),
  },
};

/** How many gates are passed; none where no release is begun. */
const stages: Readonly<Record<string, number | undefined>> = {
  'at rest': undefined,
  'at its first gate': 0,
  'at its last gate': 1,
  'after it': 2,
};

/** Takes a rollout there, and says what it declares then. */
async function taken(stage: string, stack: ModelStack<DeclaredRollout>, app: App, here: Scene) {
  const { program, rollout } = app;
  expect((await stack.up(program('v1'))).error).toBe('');
  const passed = stages[stage];
  if (passed === undefined) return program('v1');
  const { length } = program('v2').steps;
  expect((await stack.up(program('v2'))).error).toBe('');
  const approved = Math.min(passed, length);
  for (let step = 1; step <= approved; step++) {
    await here.approve(`${rollout}#1/step-${step}`);
    expect((await stack.up(program('v2'))).error).toBe('');
  }
  delete here.environment.GRAYLANE_APPROVE;
  expect(stack.kept!.outputs).toMatchObject({
    revision: revisionOf(program('v2').workload.spec.template),
    gate: approved < length ? approvalOf(`${rollout}#1/step-${approved + 1}`) : '',
  });
  return program('v2');
}

/** With one gate the first one is the last. */
function stagesOf({ program }: App): string[] {
  return Object.keys(stages).filter((stage) => stage !== 'at its last gate' || program('v2').steps.length > 1);
}

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

const ourPolicies = (rollout: string, { world }: Scene) =>
  world.user.list(policyKind, { namespace: world.namespace, labels: { 'graylane.io/rollout': rollout } });
const eachPolicy =
  (change: (here: Scene, ref: Ref) => Promise<unknown>): Deed =>
  async (app, here) =>
    Promise.all((await ourPolicies(app.rollout, here)).map((live) => change(here, refOf(live))));

const stable = ({ name }: App) => name;
const canary = ({ name }: App) => `${name}-canary`;
const image = ({ name }: App) => ({ spec: { template: { spec: workload(name, 'v9').spec.template.spec } } });

const deeds: Readonly<Record<string, Deed>> = {
  'stable is deleted': removes(kinds.deployment, stable),
  'the canary is deleted': removes(kinds.deployment, canary),
  "the canary's Service is deleted": removes(kinds.service, canary),
  'the route is deleted': removes(ingressKind, canary),
  'the base is deleted': removes(ingressKind, stable),
  'the HTTPRoute is deleted': removes(routeKind, stable),
  'the HTTPRoute has no route of ours': edits(routeKind, stable, ({ name }) => ({
    spec: { rules: [{ backendRefs: [{ group: '', kind: 'Service', name, port: 80, weight: 1 }] }] },
  })),
  'the HTTPRoute leads half to the canary': edits(routeKind, stable, ({ name }) => ({
    spec: {
      rules: [
        {
          backendRefs: [name, `${name}-canary`].map((one) => ({
            group: '',
            kind: 'Service',
            name: one,
            port: 80,
            weight: 50,
          })),
        },
      ],
    },
  })),
  "the canary's policies are deleted": eachPolicy(({ world }, ref) => world.user.delete(ref)),
  "the canary's policies are for other pods": eachPolicy(({ world }, ref) =>
    world.user.patch(ref, { spec: { podSelector: { matchLabels: { app: 'other' } } } }),
  ),
  'the Lease is deleted': removes(kinds.lease, ({ rollout }) => recordName(rollout)),
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
async function owned({ name, rollout, program }: App, here: Scene): Promise<object> {
  const { user, namespace } = here.world;
  const found = (kind: Kind, of: string) => user.get({ ...kind, name: of, namespace });
  const stable = await found(kinds.deployment, name);
  const fields = ['paused', ...Object.keys(program('v1').workload.spec)];
  const [deployment, service, ingress] = await Promise.all(
    ([kinds.deployment, kinds.service, ingressKind] as Kind[]).map((kind) => found(kind, `${name}-canary`)),
  );
  const lanes = await readLane(user, { name: 'mse-traffic', namespace });
  // The user's own, but for the route of ours in it.
  const base = (await ours(here.world)).length > 0 ? await found(routeKind, name) : undefined;
  const policies = await ourPolicies(rollout, here);
  return {
    base: base?.spec,
    policies: policies.map(({ metadata, spec }) => [metadata.name, spec]),
    stable: stable && fields.map((field) => (stable.spec as Record<string, unknown>)[field]),
    canary: [deployment?.spec, service?.spec],
    route: [ingress?.spec, ingress?.metadata.annotations],
    holds: lanes?.holders.some((holder) => holder.rollout === rollout && holder.holds) ?? false,
    ledger: (await found(kinds.configMap, recordName(rollout))) !== undefined,
  };
}

/** Why an update may leave it: each of them says what is to be done. */
const reasons = /\((object-missing|base-changed|stable-drifted|adoption-needed|stable-paused|lane-not-found)\)/;

async function expectSeen(appName: string, stage: string, done: readonly string[]): Promise<void> {
  const here = await scene();
  const app = apps[appName]!;
  await userApplies(here.world, app.beside ?? []);
  const lanes = here.lane();
  await lanes.up(lane());
  const stack = here.stack();
  const program = await taken(stage, stack, app, here);
  const before = await owned(app, here);
  const { stage: at, gate, revision } = stack.kept!.outputs;
  const stood = { stage: at, gate, revision };
  for (const deed of done) await deeds[deed]!(app, here);
  const touched = JSON.stringify(await owned(app, here)) !== JSON.stringify(before);
  await here.world.clock.sleep(5000);

  const shown = await stack.refresh();
  if (touched) expect(shown).toBe(true);
  await lanes.refresh();
  const laneAgain = await lanes.up(lane());
  if (laneAgain.error !== '') return void expect(laneAgain.error).toMatch(reasons);
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

/** Those that do something to it. */
function deedsTo({ without }: App): string[] {
  return Object.keys(deeds).filter((deed) => !without.test(deed));
}

describe.each(Object.entries(apps))('a rollout %s', (name, app) => {
  describe.each(stagesOf(app))('%s', (stage) => {
    test.each(deedsTo(app))('%s', (deed) => expectSeen(name, stage, [deed]));
  });
});

test('whatever comes together', async () => {
  const some = fc.oneof(
    ...Object.entries(apps).map(([name, app]) =>
      fc.tuple(
        fc.constant(name),
        fc.constantFrom(...stagesOf(app)),
        fc.uniqueArray(fc.constantFrom(...deedsTo(app)), { minLength: 2, maxLength: 4 }),
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(some, ([name, stage, done]) => expectSeen(name, stage, done)),
    { numRuns: 60 },
  );
});
