/**
 * The providers of the resources. Pulumi runs them in a process of its own, by the text that each resource leaves in the
 * state; programs do not need this entry.
 */
import type { dynamic } from '@pulumi/pulumi';
import { type ProviderHost, pulumiProviderHost } from './host/provider-host';
import { guarded } from './lifecycle/failures';
import { Lifecycle, type Methods } from './lifecycle/lifecycle';
import { laneKind } from './resource-kinds/lane';
import { rolloutKind } from './resource-kinds/rollout';
import type { DeclaredLane, DeclaredRollout, LaneInputs, RolloutInputs } from './state';

type AnyMethods = Record<(typeof METHODS)[number], (...args: unknown[]) => Promise<unknown>>;

const METHODS = ['check', 'diff', 'create', 'read', 'update', 'delete'] as const;

export const rolloutProvider = inProcess(rolloutMethods);
export const laneProvider = inProcess(laneMethods);

export function rolloutMethods(host: ProviderHost): Methods<DeclaredRollout, RolloutInputs> {
  return guardAll(host, new Lifecycle(rolloutKind, host));
}

export function laneMethods(host: ProviderHost): Methods<DeclaredLane, LaneInputs> {
  return guardAll(host, new Lifecycle(laneKind, host));
}

function guardAll<D, I>(host: ProviderHost, lifecycle: Methods<D, I>): Methods<D, I> {
  const all = lifecycle as AnyMethods;
  const guardedOnes = METHODS.map((name) => [name, guarded(all[name].bind(lifecycle), () => host.flushed())]);
  return Object.fromEntries(guardedOnes) as Methods<D, I>;
}

/** One process serves all resources of an update: they share its host. */
let shared: ProviderHost | undefined;

/** Pulumi tells the stack's configuration before anything else. */
function inProcess<D, I>(methods: (host: ProviderHost) => Methods<D, I>): dynamic.ResourceProvider {
  let own: AnyMethods;
  const late = METHODS.map((name) => [name, (...args: unknown[]) => own[name](...args)]);
  return {
    ...(Object.fromEntries(late) as Methods<D, I>),
    configure: async ({ config }) => {
      shared ??= pulumiProviderHost((key) => config.get(key));
      own = methods(shared) as AnyMethods;
    },
  };
}
