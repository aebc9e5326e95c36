import { digest, type PodTemplate, sameJson } from '../core';
import { kinds, type LiveDeployment } from '../cluster';
import type { Store } from './store';
import {
  type DeploymentCondition,
  controller,
  controllerStatus,
  HASH_LABEL,
  type LiveReplicaSet,
  ownedBy,
  ownerReference,
} from './workloads';

/** One look at a Deployment, as the real controller does it: a step of a rolling update, scaling, and the status. */
export function reconcileDeployment(store: Store, deployment: LiveDeployment): void {
  const all = (store.list(kinds.replicaSet, { namespace: deployment.metadata.namespace }) as LiveReplicaSet[]).filter(
    ownedBy(deployment),
  );
  const current = all.find(({ spec }) => isOf(deployment, spec.template));
  if (deployment.spec.paused) scalePaused(store, deployment, all, current);
  else roll(store, deployment, all, current ?? newReplicaSet(store, deployment));
  writeStatus(store, deployment);
}

/** While paused no ReplicaSet is made; scaling goes to the one that has pods, or else to the current one. */
function scalePaused(
  store: Store,
  { spec }: LiveDeployment,
  all: readonly LiveReplicaSet[],
  current: LiveReplicaSet | undefined,
): void {
  const active = all.filter((one) => one.spec.replicas > 0);
  const target = active.length === 1 ? active[0] : active.length === 0 ? current : undefined;
  if (target) scale(store, target, spec.replicas!);
}

/**
 * One step: new pods if there is room for more, or else old ones go.
 * Source: `rolloutRolling` of Kubernetes 1.34, pkg/controller/deployment/rolling.go.
 */
function roll(store: Store, deployment: LiveDeployment, all: readonly LiveReplicaSet[], current: LiveReplicaSet): void {
  const replicas = deployment.spec.replicas!;
  const old = all.filter(({ metadata }) => metadata.uid !== current.metadata.uid);
  const { surge, unavailable } = limits(deployment);
  const total = sum(old, ({ spec }) => spec.replicas) + current.spec.replicas;
  if (current.spec.replicas > replicas) return scale(store, current, replicas);
  const more = Math.min(replicas - current.spec.replicas, replicas + surge - total);
  if (more > 0) return scale(store, current, current.spec.replicas + more);
  scaleDown(store, old, current, total, replicas - unavailable);
}

/** Old pods go only as far as enough others are available; those that are not available themselves go first. */
function scaleDown(
  store: Store,
  old: readonly LiveReplicaSet[],
  current: LiveReplicaSet,
  total: number,
  leastAvailable: number,
): void {
  const currentUnavailable = current.spec.replicas - available(current);
  let budget = total - leastAvailable - currentUnavailable;
  if (budget <= 0) return;
  for (const one of old) {
    const unhealthy = one.spec.replicas - available(one);
    // It has not seen yet that it is to have fewer pods.
    if (unhealthy < 0) return;
    const fewer = Math.min(unhealthy, budget);
    scale(store, one, one.spec.replicas - fewer);
    budget -= fewer;
  }
  let removable = sum(old, available) + available(current) - leastAvailable;
  for (const one of old) {
    const live = store.find(one) as LiveReplicaSet;
    const fewer = Math.min(live.spec.replicas, Math.max(0, removable));
    scale(store, live, live.spec.replicas - fewer);
    removable -= fewer;
  }
}

function newReplicaSet(store: Store, deployment: LiveDeployment): LiveReplicaSet {
  const { template, selector } = deployment.spec;
  const hash = digest(template).slice(0, 10);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const object = {
    ...kinds.replicaSet,
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  return store.put(object, controller) as LiveReplicaSet;
}

function scale(store: Store, replicaSet: LiveReplicaSet, replicas: number): void {
  if (replicaSet.spec.replicas === replicas) return;
  store.put({ ...replicaSet, spec: { ...replicaSet.spec, replicas } }, controller);
}

function writeStatus(store: Store, before: LiveDeployment): void {
  const deployment = store.find(before) as LiveDeployment;
  const all = (store.list(kinds.replicaSet, { namespace: deployment.metadata.namespace }) as LiveReplicaSet[]).filter(
    ownedBy(deployment),
  );
  const current = all.find(({ spec }) => isOf(deployment, spec.template));
  const ready = sum(all, available);
  const status = {
    observedGeneration: deployment.metadata.generation!,
    replicas: sum(all, (one) => one.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: ready,
    availableReplicas: ready,
    conditions: conditions(deployment, all, ready),
  };
  store.put({ ...deployment, status }, controllerStatus);
}

function conditions(deployment: LiveDeployment, all: readonly LiveReplicaSet[], ready: number): DeploymentCondition[] {
  const { unavailable } = limits(deployment);
  const refused = all.find(({ status }) => status?.refused !== undefined)?.status?.refused;
  return [
    { type: 'Available', status: ready >= deployment.spec.replicas! - unavailable ? 'True' : 'False' },
    ...(refused === undefined
      ? []
      : [{ type: 'ReplicaFailure', status: 'True' as const, reason: 'FailedCreate', message: refused }]),
  ];
}

function limits({ spec }: LiveDeployment): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } =
    (spec.strategy as { rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } })
      ?.rollingUpdate ?? {};
  const surge = count(maxSurge, spec.replicas!, Math.ceil);
  const unavailable = count(maxUnavailable, spec.replicas!, Math.floor);
  // The API server's rule: with both 0 nothing could move.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function count(value: number | string, of: number, round: (n: number) => number): number {
  return typeof value === 'number' ? value : round((of * Number.parseInt(value, 10)) / 100);
}

/** The label's value is the controller's own; a user's in the template is left aside and written over. */
function isOf({ spec }: LiveDeployment, template: PodTemplate): boolean {
  return sameJson(withoutHash(template), withoutHash(spec.template));
}

function withoutHash(template: PodTemplate): unknown {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function available({ status }: LiveReplicaSet): number {
  return status?.availableReplicas ?? 0;
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}
