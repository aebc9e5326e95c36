/** A simulated cluster with stacks on it. */
import { type Api, EngineError, type Outside } from '../../lib/cluster';
import { laneMethods, rolloutMethods } from '../../lib/pulumi/provider';
import type { Methods } from '../../lib/pulumi/lifecycle/lifecycle';
import type { DeclaredLane, DeclaredRollout, LaneInputs, RolloutInputs } from '../../lib/pulumi/state';
import type { ProviderHost } from '../../lib/pulumi/host/provider-host';
import { sampleBase, webBase } from '../cluster/app';
import { withIds } from '../cluster/current-ids';
import { simulated } from '../cluster/simulated.world';
import { userApplies, type World } from '../cluster/world';
import { ModelStack } from './stack';
import { nobody } from '../cluster/nobody';

export interface Scene {
  readonly world: World;
  /** What the commands run with. */
  readonly environment: Record<string, string>;
  readonly config: Record<string, string>;
  /** Gives approvals such as `web#1/step-1`, with the ids that they have now. */
  approve(...approvals: string[]): Promise<void>;
  /** Lines in the engine's log. */
  readonly log: string[];
  /** Another API server from now on, or none. */
  use(api: Api | undefined): void;
  /** Whom checks ask from now on. @default - nobody is there */
  ask(outside: Outside): void;
  /** Of the process that serves the stacks. */
  readonly host: ProviderHost;
  /** What a stack with a rollout calls. */
  readonly methods: Methods<DeclaredRollout, RolloutInputs>;
  readonly laneMethods: Methods<DeclaredLane, LaneInputs>;
  stack(): ModelStack<DeclaredRollout>;
  lane(): ModelStack<DeclaredLane>;
}

let ids = 0;

export async function scene(): Promise<Scene> {
  const world = await simulated.make();
  await userApplies(world, [...sampleBase, ...webBase]);
  const environment: Record<string, string> = {};
  const config: Record<string, string> = {};
  const log: string[] = [];
  let api: Api | undefined = world.api;
  let outside: Outside = nobody;
  const host: ProviderHost = {
    open: async () => {
      if (!api) throw new EngineError('unreachable', 'kubeconfig', 'no server');
      const random = { id: () => `id${++ids}` };
      return { api, clock: world.clock, random, outside, namespace: world.namespace };
    },
    environment,
    config: (key) => config[key],
    log: ({ text }) => void log.push(text),
    flushed: async () => {},
    gone: new AbortController().signal,
  };
  return {
    world,
    environment,
    config,
    approve: async (...approvals) => {
      environment.GRAYLANE_APPROVE = (await withIds(world.user, world.namespace, approvals)).join(',');
    },
    log,
    host,
    use: (other) => void (api = other),
    ask: (other) => void (outside = other),
    methods: rolloutMethods(host),
    laneMethods: laneMethods(host),
    stack: () => new ModelStack<DeclaredRollout>(rolloutMethods(host)),
    lane: () => new ModelStack<DeclaredLane>(laneMethods(host)),
  };
}
