import {
  type Api,
  type Engine,
  EngineError,
  type LookAhead,
  lookingAhead,
  type Progress,
  type RealWorld,
  realWorld,
} from '../../cluster';
import { gateways } from '../../gateways';
import { notifierFor } from '../../notify';
import { onCancel } from './cancellation';
import { type EngineLog, engineLog } from './engine-log';
import { kubeconfigContent } from './kubeconfig';
import { sharingLists } from './shared-reads';
import { printOthers } from './told-once';
import type { ResourceInputs } from '../state';

/** Milliseconds that an orphan has to end what it is at, and to give back its Leases. */
const LAST = 30_000;

/** What the provider gets from the process in which it runs: the world, and the stack. */
export interface ProviderHost extends EngineLog {
  /** @throws EngineError unreachable, where no kubeconfig leads to a server */
  open(inputs: ResourceInputs): Promise<RealWorld>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when Pulumi is gone, or has been told to stop. */
  readonly gone: AbortSignal;
  /** The stack's configuration, by whole keys such as `kubernetes:kubeconfig`. */
  config(key: string): string | undefined;
}

/** That of the process which Pulumi starts for its dynamic resources. */
export function pulumiProviderHost(config: ProviderHost['config']): ProviderHost {
  const log = engineLog(process.argv);
  printOthers(console);
  // Nobody is left to end this process.
  log.gone.addEventListener('abort', () => setTimeout(() => process.exit(1), LAST).unref());
  const cancelled = new AbortController();
  onCancel(() => cancelled.abort(new EngineError('interrupted', 'pulumi', 'Pulumi was told to stop')));
  const gone = AbortSignal.any([log.gone, cancelled.signal]);
  const opened = new Map<string, Promise<RealWorld>>();
  return {
    ...log,
    gone,
    environment: process.env,
    config,
    open: ({ kubeconfig, context }) => {
      const chosen = {
        kubeconfig: kubeconfigContent(kubeconfig ?? config('kubernetes:kubeconfig')),
        context: context ?? config('kubernetes:context'),
      };
      const options = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
      const key = JSON.stringify(options);
      // One process serves all resources of an update: they share connections, lists and what is known of the server.
      const known = opened.get(key) ?? shared({ ...options, command: 'pulumi' }, { ...log, gone });
      opened.set(key, known);
      return known;
    },
  };
}

async function shared(options: Parameters<typeof realWorld>[0], { log, gone }: EngineLog): Promise<RealWorld> {
  const world = await realWorld(options, (text) => log({ text, passing: true }), gone);
  return { ...world, api: sharingLists(world.api) };
}

/** The engine on the cluster of a resource; it tells its progress in the engine's log. */
export async function engineFor(host: ProviderHost, inputs: ResourceInputs): Promise<HostedEngine> {
  const urn = inputs.reportAs;
  const world = await host.open(inputs);
  // As in Pulumi's Kubernetes provider: of the stack where the cluster is the stack's, else of the context.
  const ofStack = inputs.kubeconfig === undefined ? host.config('kubernetes:namespace') : undefined;
  const namespace = ofStack ?? world.namespace;
  const warn = (text: string) => host.log({ urn, text, warning: true });
  return {
    ...world,
    ...notifierOf(host)({ ...world, cluster: world.api.server, warn }),
    namespace,
    gateways,
    ahead: aheadOf(world),
    signal: host.gone,
    report: (progress) => host.log({ urn, ...words(progress) }),
  };
}

/** By the environment or the stack's configuration. @throws GraylaneError notify-invalid */
function notifierOf(host: ProviderHost): ReturnType<typeof notifierFor> {
  const { GRAYLANE_NOTIFY, GRAYLANE_NOTIFY_SECRET } = host.environment;
  const webhooks = { GRAYLANE_NOTIFY, 'graylane:notify': host.config('graylane:notify') };
  return notifierFor(webhooks, GRAYLANE_NOTIFY_SECRET ?? host.config('graylane:notifySecret'));
}

export interface HostedEngine extends Engine {
  /** Until what is told to webhooks has been sent, or was given up. */
  readonly drained: () => Promise<void>;
  /** For what is declared without one. */
  readonly namespace: string;
  /** Of all resources of the update that are in this cluster. */
  readonly ahead: LookAhead;
}

const known = new WeakMap<Api, LookAhead>();

function aheadOf({ api, clock }: RealWorld): LookAhead {
  const ahead = known.get(api) ?? lookingAhead(api, clock);
  known.set(api, ahead);
  return ahead;
}

/** Stages and warnings stay on the screen; what happens within a stage passes by. */
function words(progress: Progress): { text: string; passing?: boolean; warning?: boolean } {
  switch (progress.is) {
    case 'stage':
      return { text: `${progress.rollout}: ${progress.stage}` };
    case 'changed':
      return { text: `${progress.rollout}: ${progress.verb} ${progress.object}`, passing: true };
    case 'waiting':
      return { text: `${progress.rollout}: ${progress.what}`, passing: true };
    case 'warning':
      return { text: `${progress.rollout}: ${progress.what}`, warning: true };
  }
}
