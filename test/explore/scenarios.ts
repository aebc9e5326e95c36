import { type Api, kinds, type UpRequest } from '../../lib/cluster';
import type { Declarations, Manifest, Step } from '../../lib/core';
import { USERS } from './transitions';
import { deployment, sample, sampleBase, service, web, webBase } from '../cluster/app';

/** One `graylane up`. */
export interface Command {
  readonly declarations: Declarations;
  readonly request: Partial<UpRequest>;
  /** It stops when it gets to this stage. @default - it goes on to its end */
  readonly until?: string;
}

/** Something that the user does by himself. */
export interface Edit {
  readonly edit: (user: Api, namespace: string) => Promise<unknown>;
}

/** What is released, from where, and by whom at once. */
export interface Scenario {
  readonly name: string;
  /** What the user has applied. */
  readonly base: readonly Manifest[];
  /** What was done before, undisturbed. */
  readonly before: readonly (Command | Edit)[];
  /** At the same time: each is one process. */
  readonly runs: readonly Command[];
  /** Once more, undisturbed, when all that has ended: this must be enough. @default - the runs, one after the other */
  readonly last?: readonly Command[];
}

const steps: Step[] = [
  { replicas: 1, traffic: '20%' },
  { replicas: 2, matches: [{ headers: [{ name: 'user', value: 'a' }] }] },
];
const edited: Step[] = [{ replicas: 2, traffic: '40%' }, steps[1]!];

const webAt = (version: string, request: Partial<UpRequest> = {}, plan = steps): Command => ({
  declarations: web(plan, { version }),
  request: { rollout: 'web', ...request },
});

const inLane = (rollout: 'rollout-a' | 'rollout-b', versions: [string, string], request: Partial<UpRequest> = {}) => ({
  declarations: sample({ a: { version: versions[0] }, b: { version: versions[1] } }),
  request: { rollout, ...request },
});

const routeBase: readonly Manifest[] = [
  service('web'),
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web' },
    spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
  },
];

const onRoute = (version: string, request: Partial<UpRequest> = {}): Command => {
  const trafficRoutings = [{ service: 'web', gracePeriodSeconds: 1, gateway: { httpRouteName: 'web' } }];
  return { declarations: web(steps, { version }, { trafficRoutings }), request: { rollout: 'web', ...request } };
};

const laneAtRest = [inLane('rollout-a', ['v1', 'v1']), inLane('rollout-b', ['v1', 'v1'])];
const aAtGate = [...laneAtRest, inLane('rollout-a', ['v2', 'v1'])];
/** The ledger is deleted in mid-release, and stable resumed, without which it is not taken over. */
const ledgerLost: Edit = {
  edit: async (user, namespace) => {
    await user.delete({ ...kinds.configMap, name: 'graylane-rollout-web', namespace });
    await user.patch({ ...kinds.deployment, name: 'web', namespace }, { spec: { paused: null } });
  },
};

const gates = ['web#1/step-1', 'web#1/step-2'];
const ofA = { approve: ['rollout-a#1/step-1'] };
const ofB = { approve: ['rollout-b#1/step-1'] };

export const scenarios: readonly Scenario[] = [
  { name: 'lane-begin', base: sampleBase, before: laneAtRest, runs: [inLane('rollout-a', ['v2', 'v1'])] },
  { name: 'lane-promote', base: sampleBase, before: aAtGate, runs: [inLane('rollout-a', ['v2', 'v1'], ofA)] },
  { name: 'weights', base: webBase, before: [webAt('v1')], runs: [webAt('v2', { approve: gates })] },
  {
    // Weights on the user's own route, and a canary that the gateway knows before it gets requests.
    name: 'warm-up',
    base: routeBase,
    before: [onRoute('v1')],
    runs: [onRoute('v2', { approve: gates })],
  },
  {
    name: 'warm-up-abort',
    base: routeBase,
    before: [onRoute('v1'), onRoute('v2')],
    runs: [onRoute('v2', { abort: true })],
  },
  { name: 'abort-at-gate', base: webBase, before: [webAt('v1'), webAt('v2')], runs: [webAt('v2', { abort: true })] },
  {
    name: 'abort-after-gate',
    base: webBase,
    before: [webAt('v1'), { ...webAt('v2', { approve: gates }), until: 'promote/stable' }],
    runs: [webAt('v2', { abort: true })],
  },
  {
    // Found by turns of approve-against-abort: the ledger says that the route is closed, and it is not yet.
    name: 'abort-before-unroute',
    base: webBase,
    before: [webAt('v1'), { ...webAt('v2', { approve: gates }), until: 'promote/unroute' }],
    runs: [webAt('v2', { abort: true })],
  },
  { name: 'third-revision', base: webBase, before: [webAt('v1'), webAt('v2')], runs: [webAt('v3')] },
  { name: 'plan-edit', base: webBase, before: [webAt('v1'), webAt('v2')], runs: [webAt('v2', {}, edited)] },
  {
    name: 'adopt',
    base: [...webBase, deployment('web')],
    before: [],
    runs: [webAt('v1', { adopt: true })],
  },
  {
    // R10: what has the canary's name is somebody else's.
    name: 'name-taken',
    base: [...webBase, ofTheUser(deployment('web-canary'))],
    before: [webAt('v1')],
    runs: [webAt('v2')],
  },
  {
    // R5: what is left over is found by its labels.
    name: 'ledger-lost',
    base: webBase,
    before: [webAt('v1'), webAt('v2'), ledgerLost],
    runs: [webAt('v1', { adopt: true })],
  },
  {
    name: 'lane-join',
    base: sampleBase,
    before: aAtGate,
    runs: [inLane('rollout-a', ['v2', 'v2'], ofA), inLane('rollout-b', ['v2', 'v2'])],
  },
  {
    name: 'lane-leave',
    base: sampleBase,
    before: [...aAtGate, inLane('rollout-b', ['v2', 'v2'])],
    runs: [inLane('rollout-a', ['v2', 'v2'], ofA), inLane('rollout-b', ['v2', 'v2'], ofB)],
  },
  {
    name: 'approve-against-abort',
    base: webBase,
    before: [webAt('v1'), webAt('v2')],
    runs: [webAt('v2', { approve: gates }), webAt('v2', { abort: true })],
    last: [webAt('v1', { abort: true })],
  },
  {
    // What the one is about to make, nobody wants any more.
    name: 'open-against-abort',
    base: webBase,
    before: [webAt('v1'), { ...webAt('v2'), until: 'step-1/canary' }],
    runs: [webAt('v2'), webAt('v2', { abort: true })],
    last: [webAt('v1', { abort: true })],
  },
  {
    // What the one deletes, the other makes anew under the same name.
    name: 'abort-and-again',
    base: webBase,
    before: [webAt('v1'), webAt('v2')],
    runs: [webAt('v2', { abort: true }), webAt('v2')],
    last: [webAt('v1', { abort: true })],
  },
];

function ofTheUser({ metadata, ...object }: Manifest): Manifest {
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [USERS]: '' } } };
}
