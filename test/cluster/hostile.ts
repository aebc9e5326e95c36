/** What people, controllers and machines do to a release from outside. */
import { expect } from 'vitest';
import { type Kind, kinds, recordName } from '../../lib/cluster';
import type { Manifest } from '../../lib/core';
import { deployment, ingress, sampleBase, webBase } from './app';
import { type At, type Hostility, placeNames } from './hostile-play';
import { eventually, find, getDeployment, ingressKind, userApplies } from './world';
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
const LANE_RECORD = 'graylane-lane-mse-traffic';

// What is done.

type Named = (at: At) => string;
const stable: Named = ({ workload }) => workload;
const canary: Named = ({ canary: name }) => name;
const record: Named = ({ rollout }) => recordName(rollout);
const laneRecord: Named = () => LANE_RECORD;

type Change = Readonly<Record<string, unknown>>;

/** Where the object is not there, nothing is done to it. */
const patched = (kind: Kind, name: Named, change: Change | ((at: At) => Change)) => async (at: At) => {
  const ref = { ...kind, name: name(at), namespace: at.world.namespace };
  if (!(await at.world.user.get(ref))) return;
  await at.world.user.patch(ref, typeof change === 'function' ? change(at) : change);
};

const deleted = (kind: Kind, name: Named) => async (at: At) => {
  const { world } = at;
  await world.user.delete({ ...kind, name: name(at), namespace: world.namespace });
  await eventually(world, 'it gone', async () => (await find(world, kind, name(at))) === undefined);
};

const data = (name: Named, change: object | null) => patched(configMap, name, { data: change });
const labels = (kind: Kind, name: Named) => patched(kind, name, { metadata: { labels: null } });
const notes = (kind: Kind, name: Named, annotations: object) => patched(kind, name, { metadata: { annotations } });

const image = (name: Named, tag: string) =>
  patched(kinds.deployment, name, ({ workload }) => ({
    spec: { template: { spec: { containers: [{ name: 'main', image: `example.com/shop/${workload}:${tag}` }] } } },
  }));

/** One field of a record under another name. */
function renamed(key: string, from: string, to: string) {
  return replaced(key, `"${from}"`, `"${to}"`);
}

const replaced = (key: string, from: string, to: string) => async (at: At) => {
  const ref = { ...configMap, name: record(at), namespace: at.world.namespace };
  const { data: stored } = (await at.world.user.get(ref)) as unknown as { data: Record<string, string> };
  await at.world.user.patch(ref, { data: { [key]: stored[key]!.replace(from, to) } });
};

/** What the errors of records advise: delete the ConfigMap, and adopt what runs. */
async function adopted(at: At): Promise<void> {
  const { world, workload } = at;
  await deleted(configMap, record)(at);
  const { template } = (await getDeployment(world, workload)).spec;
  const [{ image: running }] = (template.spec as { containers: [{ image: string }] }).containers;
  const version = running.split(':')[1]!;
  const { stage } = await at.run({ abort: false, adopt: true, version });
  expect(stage).toBe('stable');
}

const lease = (spec: object) => (at: At) =>
  userApplies(at.world, [{ ...kinds.lease, metadata: { name: record(at) }, spec }]);

/** What the user has applied before, once more. */
const restored = (at: At) =>
  userApplies(
    at.world,
    [...sampleBase, ...webBase].filter(({ metadata }) => metadata.name === at.workload),
  );

const base = (change: (spec: { rules: { http: { paths: { backend: object }[] } }[] }) => void) => async (at: At) => {
  const object = structuredClone(ingress(at.workload)) as Manifest & { spec: Parameters<typeof change>[0] };
  change(object.spec);
  await userApplies(at.world, [object]);
};

async function pods({ world, canary: app }: At): Promise<Manifest[]> {
  return world.user.list(kinds.pod, { namespace: world.namespace, labels: { app } });
}

/** A node that is lost takes its pods out of service at once; they are evicted later. */
async function nodeLost(at: At): Promise<void> {
  const { world } = at;
  const lost = await pods(at);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'NodeNotReady' }];
  for (const pod of lost) await world.user.update({ ...pod, status: { ...(pod.status as object), conditions } });
  void world.clock.sleep(20_000).then(async () => {
    const { namespace } = world;
    for (const { metadata } of lost) await world.user.delete({ ...kinds.pod, name: metadata.name!, namespace });
  });
}

const inRelease = placeNames.filter((name) => name !== 'at rest');
const laneRemade = { to: 'rollout-a', damaged: new RegExp(`ConfigMap \\S+/${LANE_RECORD}: data\\.`) } as const;
const unreadable = (field: string) => {
  const names = new RegExp(`ConfigMap \\S+/graylane-rollout-\\S+: data\\.${field}`);
  return { told: { forward: names, back: names }, fix: adopted, damaged: names };
};
const readopted = { told: { forward: /exists already.*adopted/, back: /exists already.*adopted/ }, fix: adopted };
const refusedOf = (kind: string) => ({ forward: new RegExp(`${kind}s? ".*is forbidden: ValidatingAdmissionPolicy`) });

/** The same for one in a lane and one with routing of its own. */
const both = (line: Omit<Hostility, 'to'>): Hostility[] =>
  (['rollout-a', 'web'] as const).map((to) => ({ ...line, to }));

export const hostilities: readonly Hostility[] = [
  // Records.
  { what: 'its ledger is no JSON', to: 'web', act: data(record, { ledger: '{' }), ...unreadable('ledger') },
  { what: 'its ledger is [null]', to: 'rollout-a', act: data(record, { ledger: '[null]' }), ...unreadable('ledger') },
  {
    what: 'its ledger is a megabyte of something',
    to: 'web',
    act: data(record, { ledger: JSON.stringify({ version: 2, x: 'y'.repeat(900_000) }) }),
    ...unreadable('ledger'),
    real: 'at the gate',
  },
  {
    what: 'its ledger is of a later version',
    to: 'rollout-a',
    act: replaced('ledger', '"version": 2', '"version": 99'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its ledger is called __proto__',
    to: 'web',
    act: renamed('ledger', 'stable', '__proto__'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its ledger is called constructor',
    to: 'rollout-a',
    act: renamed('ledger', 'templates', 'constructor'),
    ...unreadable('ledger'),
  },
  {
    what: 'a field of its facts is called constructor',
    to: 'web',
    act: renamed('rollout', 'plan', 'constructor'),
    ...unreadable('rollout'),
  },
  { what: 'its facts are {}', to: 'rollout-a', act: data(record, { rollout: '{}' }), ...unreadable('rollout') },
  { what: 'its record is empty', to: 'web', act: data(record, null), ...unreadable('ledger') },
  ...both({ what: 'its record is deleted', act: deleted(configMap, record), ...readopted }),
  { what: 'its record has no labels', to: 'web', act: labels(configMap, record) },
  {
    what: 'its record has strange annotations',
    to: 'rollout-a',
    act: notes(configMap, record, { constructor: 'x', 'graylane.io/base': '[' }),
  },
  {
    ...laneRemade,
    what: "the lane's holders are no JSON",
    act: data(laneRecord, { holders: '{' }),
    real: 'in promotion',
  },
  { ...laneRemade, what: "the lane's holders are [null]", act: data(laneRecord, { holders: '[null]' }) },
  {
    ...laneRemade,
    what: "one of the lane's holders is called __proto__",
    act: data(laneRecord, { holders: '[{"__proto__": 1}]' }),
  },
  { ...laneRemade, what: "the lane's spec is {}", act: data(laneRecord, { spec: '{}' }) },
  { ...laneRemade, what: "the lane's record is empty", act: data(laneRecord, null) },
  { what: "the lane's record is deleted", to: 'rollout-a', act: deleted(configMap, laneRecord) },
  { what: 'the lane has forgotten its holders', to: 'rollout-a', act: data(laneRecord, { holders: '[]' }) },
  {
    what: 'the lane is held by somebody who is gone',
    to: 'rollout-a',
    act: data(laneRecord, {
      holders: JSON.stringify([
        { rollout: 'x', namespace: 'gone', deployment: 'z', uid: 'u', release: 1, services: [], holds: true },
      ]),
    }),
    only: ['at rest', 'at the gate'],
  },
  {
    what: 'its Lease is held by a run that died',
    to: 'web',
    act: lease({ holderIdentity: 'x', leaseDurationSeconds: 30 }),
  },
  {
    what: 'its Lease is held by nobody that can be found out',
    to: 'rollout-a',
    act: lease({ holderIdentity: 'x', leaseDurationSeconds: 1, leaseTransitions: 2147483647 }),
  },
  { what: 'its Lease is deleted', to: 'web', act: deleted(kinds.lease, record) },

  // The canary.
  ...both({ what: 'the canary is scaled to 0', act: patched(kinds.deployment, canary, { spec: { replicas: 0 } }) }),
  ...both({ what: 'the canary is scaled to 5', act: patched(kinds.deployment, canary, { spec: { replicas: 5 } }) }),
  ...both({ what: 'the canary is deleted', act: deleted(kinds.deployment, canary), only: inRelease }),
  ...both({ what: 'the canary gets another image', act: image(canary, 'v9') }),
  { what: 'the canary gets an image that is not there', to: 'web', act: image(canary, 'broken') },
  { what: 'the canary is paused', to: 'rollout-a', act: patched(kinds.deployment, canary, { spec: { paused: true } }) },
  ...both({
    what: 'the canary loses its labels',
    act: labels(kinds.deployment, canary),
    real: 'at the gate, and back',
  }),
  { what: 'the canary Service is deleted', to: 'web', act: deleted(kinds.service, canary), only: inRelease },
  {
    what: 'the canary Service leads elsewhere',
    to: 'web',
    act: patched(kinds.service, canary, { spec: { selector: { app: 'x' } } }),
  },
  { what: 'the canary Service loses its labels', to: 'web', act: labels(kinds.service, canary) },
  ...both({ what: 'the canary Ingress is deleted', act: deleted(ingressKind, canary), only: inRelease }),
  ...both({ what: 'the canary Ingress loses its labels', act: labels(ingressKind, canary) }),
  ...both({
    what: 'the canary Ingress has no rules',
    act: patched(ingressKind, canary, {
      spec: { rules: null, defaultBackend: { service: { name: 'x', port: { number: 80 } } } },
    }),
  }),
  ...both({
    what: "the canary Ingress's note is damaged",
    act: notes(ingressKind, canary, { 'graylane.io/route': '{"__proto__": 1' }),
  }),
  { what: 'the node of the canary is lost', to: 'web', act: nodeLost, only: inRelease },

  // What the user has.
  ...both({ what: 'stable is scaled to 0', act: patched(kinds.deployment, stable, { spec: { replicas: 0 } }) }),
  ...both({
    what: 'stable gets another image',
    act: image(stable, 'v9'),
    only: inRelease,
  }),
  {
    what: 'stable gets another image between two releases',
    to: 'web',
    act: image(stable, 'v9'),
    only: ['at rest'],
    told: { forward: /Deployment \S+\/web runs another template than the ledger says \(changed by kubectl\)/ },
    fix: image(stable, 'v1'),
  },
  ...both({ what: 'stable is deleted', act: deleted(kinds.deployment, stable) }),
  {
    what: 'stable is deleted and made anew with the new image',
    to: 'rollout-a',
    act: async (at) => {
      await deleted(kinds.deployment, stable)(at);
      await userApplies(at.world, [deployment(at.workload, { version: 'v2' })]);
    },
    only: inRelease,
    real: 'at the gate',
  },
  {
    what: 'stable is paused by the user',
    to: 'web',
    act: patched(kinds.deployment, stable, { spec: { paused: true } }),
    only: ['at rest'],
    told: { forward: /Deployment \S+\/web is paused, and not by a release/ },
    fix: patched(kinds.deployment, stable, { spec: { paused: null } }),
  },
  { what: 'stable is resumed', to: 'web', act: patched(kinds.deployment, stable, { spec: { paused: null } }) },
  {
    what: 'stable gets strange annotations',
    to: 'rollout-a',
    act: notes(kinds.deployment, stable, { constructor: 'x', 'graylane.io/base': '[', 'graylane.io/route': '{' }),
  },
  ...(['rollout-a', 'web'] as const).flatMap((to): Hostility[] => [
    {
      what: 'the Service is deleted',
      to,
      act: deleted(kinds.service, stable),
      told: { forward: /Service \S+ is not in the cluster/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
    {
      what: 'the base Ingress is deleted',
      to,
      act: deleted(ingressKind, stable),
      told: { forward: /Ingress \S+ is not in the cluster/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
    {
      what: 'the base Ingress leads to another Service',
      to,
      act: base(
        ({ rules }) => (rules[0]!.http.paths[0]!.backend = { service: { name: 'other', port: { number: 80 } } }),
      ),
      told: { forward: /Ingress \S+ does not lead to/ },
      fix: restored,
      ...(to === 'rollout-a' && { shared: 'lane' }),
    },
  ]),
  {
    what: 'the Service selects other pods',
    to: 'web',
    act: patched(kinds.service, stable, { spec: { selector: { app: 'nobody' } } }),
    told: { forward: /trafficRoutings\[0\]\.service: "web"/ },
    fix: patched(kinds.service, stable, { spec: { selector: { app: 'web' } } }),
  },
  {
    what: 'the Service selects other pods',
    to: 'rollout-a',
    act: patched(kinds.service, stable, { spec: { selector: { app: 'nobody' } } }),
  },
  ...both({
    what: 'the base Ingress gets strange annotations',
    act: notes(ingressKind, stable, { 'graylane.io/base': '[', 'graylane.io/route': '{"a":1}', constructor: 'x' }),
  }),

  // Admission, room and time.
  ...both({
    what: 'a webhook adds annotations to everything',
    act: ({ world }) =>
      world.admit({
        kinds: ['Deployment', 'Service', 'Ingress'],
        adds: { annotations: { 'example.com/seen': 'yes' } },
      }),
  }),
  ...both({
    what: 'a webhook adds a sidecar to pods',
    act: ({ world }) => world.admit({ kinds: ['Deployment'], adds: { sidecar: 'example.com/proxy:v1' } }),
    real: 'at rest',
  }),
  ...both({
    what: 'a policy denies the canary',
    act: ({ world, canary: denies }) => world.admit({ kinds: ['Deployment'], denies }),
    only: ['at the gate', 'at the gate, and back', 'in promotion', 'on the way back'],
    real: 'in promotion',
  }),
  {
    what: 'a policy denies the canary Ingress',
    to: 'web',
    act: ({ world, canary: denies }) => world.admit({ kinds: ['Ingress'], denies }),
    only: inRelease,
  },
  {
    what: 'a policy denies stable',
    to: 'web',
    act: ({ world, workload: denies }) => world.admit({ kinds: ['Deployment'], denies }),
    only: ['at the gate, and back'],
    told: { back: refusedOf('deployment').forward },
    fix: ({ world }) => world.admit({ kinds: [] }),
  },
  ...both({ what: 'the clock of the next run is ten minutes ahead', act: async () => {}, skew: 600 }),
  ...both({
    what: 'the clock of the next run is ten minutes behind',
    act: async () => {},
    skew: -600,
    real: 'at the gate',
  }),
];
