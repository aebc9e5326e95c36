/** A cluster as the scenarios see it, simulated or real, and what they do with it. */
import { expect } from 'vitest';
import {
  type Api,
  type Clock,
  type Engine,
  kinds,
  type Live,
  type Outcome,
  type Progress,
  type Ref,
  up,
  type UpRequest,
} from '../../lib/cluster';
import type { LiveDeployment } from '../../lib/cluster';
import { type Declarations, isOurs, type Manifest, type StringMap } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { declaredTemplate, withIds } from './current-ids';

export interface World {
  readonly namespace: string;
  /** Somebody who may do everything, and is not us. */
  readonly user: Api;
  /** The API server as graylane sees it. */
  readonly api: Api;
  readonly clock: Clock;
  /** Creates another namespace. */
  readonly newNamespace: () => Promise<string>;
  /** Writes the status of an object, as its controller does. */
  readonly setStatus: (ref: Ref, status: object) => Promise<void>;
  /** From now on somebody's webhook or policy has to do with what is written in the namespace. */
  readonly admit: (rule: AdmissionRule) => Promise<void>;
}

export interface AdmissionRule {
  readonly kinds: readonly ('Deployment' | 'Service' | 'Ingress')[];
  /** A webhook: what it merges into them. */
  readonly adds?: Mutation;
  /** A policy: the name of those that it refuses. */
  readonly denies?: string;
}

export interface Mutation {
  readonly annotations?: StringMap;
  /** Image of a container beside those that a Deployment's pods have. */
  readonly sidecar?: string;
}

export interface Worlds {
  readonly name: 'simulated' | 'real';
  readonly make: () => Promise<World>;
}

let ids = 0;

export function engineOf(world: World, told: Progress[] = [], over: Partial<Engine> = {}): Engine {
  return {
    api: world.api,
    clock: world.clock,
    random: { id: () => `${Date.now().toString(36)}${(ids++).toString(36)}` },
    gateways,
    report: (progress) => told.push(progress),
    // A busy machine may stand still for some seconds, and who holds a Lease must bear that.
    leaseSeconds: 6,
    ...over,
  };
}

/** `graylane up`, until it stops. */
export async function release(
  world: World,
  declarations: Declarations,
  request: Partial<UpRequest> = {},
  over: Partial<Engine> = {},
): Promise<Outcome> {
  const approve = await approvalsOf(world, declarations, request);
  return up(engineOf(world, [], over), {
    declarations,
    namespace: world.namespace,
    timeout: 60,
    ...request,
    ...(approve && { approve }),
  });
}

/** With the ids that they have now. */
export async function approvalsOf(
  { user, namespace: home }: World,
  declarations: Declarations,
  { rollout, approve }: Partial<UpRequest>,
): Promise<string[] | undefined> {
  const [name, namespace = home] = rollout?.split('/').reverse() ?? [];
  return approve && withIds(user, namespace, approve, declaredTemplate(declarations, name));
}

/** The user's `kubectl apply`. */
export async function userApplies(world: World, objects: readonly Manifest[], namespace = world.namespace) {
  for (const object of objects) {
    await world.user.apply({ ...object, metadata: { namespace, ...object.metadata } }, { force: true });
  }
}

export async function getDeployment(world: World, name: string): Promise<LiveDeployment> {
  return (await find(world, kinds.deployment, name)) as LiveDeployment;
}

export function find(
  world: World,
  kind: { apiVersion: string; kind: string },
  name: string,
  namespace = world.namespace,
): Promise<Live | undefined> {
  return world.user.get({ ...kind, name, namespace });
}

export const ingressKind = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };

/** Image tags of the pods with these labels that are not on their way out. */
export async function versions(world: World, labels: StringMap): Promise<string[]> {
  const pods = await world.user.list(kinds.pod, { namespace: world.namespace, labels });
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]!.image.split(':')[1]!)
    .sort();
}

/** Everything with a label of ours, apart from what is stored for the next release. */
export async function ours(world: World): Promise<string[]> {
  const all = await Promise.all(
    [kinds.deployment, kinds.service, ingressKind].map((kind) => world.user.list(kind, { namespace: world.namespace })),
  );
  return all
    .flat()
    .filter(isOurs)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();
}

/** What the user has declared and nobody else may change: everything that he wrote himself. */
export async function usersObjects(world: World): Promise<unknown[]> {
  const all = await Promise.all(
    [kinds.service, ingressKind].map((kind) => world.user.list(kind, { namespace: world.namespace })),
  );
  return all
    .flat()
    .filter((live) => !isOurs(live))
    .map(({ kind, spec, metadata: { name, labels, annotations } }) => ({ kind, name, labels, annotations, spec }));
}

/** Waits for something that the cluster does by itself. */
export async function eventually(
  { clock }: Pick<World, 'clock'>,
  what: string,
  look: () => Promise<boolean>,
): Promise<void> {
  const end = clock.now() + 30_000;
  while (!(await look())) {
    if (clock.now() > end) expect.fail(`waited for: ${what}`);
    await clock.sleep(100);
  }
}
