import {
  canarySelectorTerms,
  type Condition,
  type Deployment,
  kindOf,
  type Manifest,
  type Stage,
  type WorkloadObjects,
} from '../../core';
import { kinds } from '../port/kinds';
import { refOf } from '../port/port';
import { counted, notReady, reasons } from '../objects/readiness';
import type { LiveDeployment, Run } from '../run/run';
import { waitUntil } from '../run/wait';

/** What a stage has put into the cluster, and what has to be waited for. */
export interface Placed {
  readonly stage: Stage;
  readonly objects: WorkloadObjects;
  /** Objects that express open routes. */
  readonly routes: readonly Manifest[];
  /** The grace period has already run since the last change of the route. */
  readonly graceOver: boolean;
}

/** Waits until everything holds that the stage asks for. */
export async function settle(run: Run, placed: Placed): Promise<void> {
  for (const condition of placed.stage.settled) await waits[condition](run, placed);
}

const waits: Readonly<Record<Condition, (run: Run, placed: Placed) => Promise<void>>> = {
  'stable-ready': (run, { objects }) => ready(run, 'stable', objects.stable, 0),
  'canary-ready': (run, { objects }) => ready(run, 'canary', objects.canary!, 1),
  'route-taken-up': (run, { routes }) => takenUp(run, routes),
  'grace-over': async (run, { graceOver }) => {
    const seconds = run.member.routing?.gracePeriodSeconds ?? 0;
    if (!graceOver) await run.engine.clock.sleep(seconds * 1000, run.signal);
    run.signal.throwIfAborted();
  },
  'canary-gone': (run) => canaryGone(run),
};

/** Waits until a Deployment is ready, in the sense of `notReady`. */
export async function ready(run: Run, role: string, object: Deployment, atLeast: number): Promise<void> {
  const { api } = run.engine;
  const ref = refOf(object);
  const selection = { ...(ref.namespace !== undefined && { namespace: ref.namespace }) };
  await waitUntil(run, {
    watched: [
      [kinds.deployment, { ...selection, name: ref.name }],
      [kinds.pod, { ...selection, labels: object.spec.selector.matchLabels ?? {} }],
    ],
    missing: async () => {
      const live = (await api.get(ref)) as LiveDeployment | undefined;
      const what = notReady(live, atLeast);
      if (what === undefined) return undefined;
      const because = live ? await reasons(api, live) : [];
      return `${role} ${ref.name}: ${what}${because.length > 0 ? `: ${because.join('; ')}` : ''}`;
    },
  });
}

/** Gateways that say on a route whether they took it up are waited for; of the others the grace period must do. */
async function takenUp(run: Run, routes: readonly Manifest[]): Promise<void> {
  for (const route of routes) {
    const ref = refOf(route);
    await waitUntil(run, {
      watched: [[route, { ...(ref.namespace && { namespace: ref.namespace }), name: ref.name }]],
      missing: async () => {
        const live = await run.engine.api.get(ref);
        const gateway = run.member.routing?.bases.find((base) => kindOf(base.gateway, route))?.gateway;
        const what = live ? gateway?.takenUp?.(live) : 'not there';
        return what && `route ${ref.kind} ${ref.name}: ${what}`;
      },
    });
  }
}

async function canaryGone(run: Run): Promise<void> {
  const { deployment, separation } = run.member;
  const labels = { ...deployment.spec.selector.matchLabels, ...canarySelectorTerms(separation) };
  const selection = { namespace: run.key.namespace, labels };
  await waitUntil(run, {
    watched: [[kinds.pod, selection]],
    missing: async () => {
      const left = await run.engine.api.list(kinds.pod, selection);
      return left.length === 0 ? undefined : `canary: ${counted(left.length, 'pod')} still ending`;
    },
  });
}
