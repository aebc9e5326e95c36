/**
 * The providers of the resources. Pulumi runs them in a process of its own, by the text that shim.ts leaves in the
 * state; programs do not need this entry.
 */
import type { dynamic } from '@pulumi/pulumi';
import { guarded } from './failures';
import { checkLaneInputs, createLane, deleteLane, diffLane, readLaneState, updateLane } from './lane';
import { createRollout, diffRollout, readRollout, updateRollout } from './rollout';
import { checkRolloutInputs } from './rollout-check';
import { deleteRollout } from './rollout-delete';
import type { DeclaredLane, DeclaredRollout, LaneInputs, RolloutInputs } from './state';
import { pulumiSurroundings, type Surroundings } from './surroundings';

/** A dynamic provider's methods, for what the program declares and what `check` makes of it. */
export interface Methods<Declared, Inputs> {
  check(olds: Partial<Inputs>, news: Declared): Promise<dynamic.CheckResult>;
  diff(id: string, state: object, news: Inputs): Promise<dynamic.DiffResult>;
  create(inputs: Inputs): Promise<dynamic.CreateResult>;
  read(id: string, state: object): Promise<dynamic.ReadResult>;
  update(id: string, state: object, news: Inputs): Promise<dynamic.UpdateResult>;
  delete(id: string, state: object): Promise<void>;
}

type AnyMethods = Record<(typeof METHODS)[number], (...args: unknown[]) => Promise<unknown>>;

const METHODS = ['check', 'diff', 'create', 'read', 'update', 'delete'] as const;

export const rolloutProvider = inProcess(rolloutMethods);
export const laneProvider = inProcess(laneMethods);

export function rolloutMethods(around: Surroundings): Methods<DeclaredRollout, RolloutInputs> {
  return guardAll(around, {
    check: (olds, news) => checkRolloutInputs(around, olds, news),
    diff: async (_, olds, news) => diffRollout(olds, news),
    create: (inputs) => createRollout(around, inputs),
    read: (id, state) => readRollout(around, id, state),
    update: (id, olds, news) => updateRollout(around, id, olds, news),
    delete: (id, state) => deleteRollout(around, id, state),
  });
}

export function laneMethods(around: Surroundings): Methods<DeclaredLane, LaneInputs> {
  return guardAll(around, {
    check: (olds, news) => checkLaneInputs(around, olds, news),
    diff: async (_, olds, news) => diffLane(olds, news),
    create: (inputs) => createLane(around, inputs),
    read: (id, state) => readLaneState(around, id, state),
    update: (id, _, news) => updateLane(around, id, news),
    delete: (id, state) => deleteLane(around, id, state),
  });
}

function guardAll<D, I>(around: Surroundings, methods: Methods<D, I>): Methods<D, I> {
  const all = methods as AnyMethods;
  const guardedOnes = METHODS.map((name) => [name, guarded(all[name], () => around.flushed())]);
  return Object.fromEntries(guardedOnes) as Methods<D, I>;
}

/** One process serves all resources of an update: they share its surroundings. */
let shared: Surroundings | undefined;

/** Pulumi tells the stack's configuration before anything else. */
function inProcess<D, I>(methods: (around: Surroundings) => Methods<D, I>): dynamic.ResourceProvider {
  let own: AnyMethods;
  const late = METHODS.map((name) => [name, (...args: unknown[]) => own[name](...args)]);
  return {
    ...(Object.fromEntries(late) as Methods<D, I>),
    configure: async ({ config }) => {
      shared ??= pulumiSurroundings((key) => config.get(key));
      own = methods(shared) as AnyMethods;
    },
  };
}
