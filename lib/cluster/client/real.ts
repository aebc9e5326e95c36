import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from './ask-address';
import { connect, type Connection, type ConnectOptions } from './connection';
import { KubernetesClient } from './kubernetes-client';
import { realOutside } from './outside';
import type { Api, Clock, Random } from '../port/port';
import type { Outside } from '../port/outside';
import { retried } from '../port/retried-api';

/** The world as it is: an API server, the machine's clock, real chance, and who can be asked. */
export interface RealWorld {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly outside: Outside;
  /** Of the kubeconfig's context. */
  readonly namespace: string;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await pause(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};

export const realRandom: Random = { id: () => randomBytes(5).toString('hex') };

/**
 * Whom checks ask, for those who have no business with a cluster: it is connected to only where a Service of it is asked.
 * @param environment what headers take their secrets from, and what programs get
 */
export function outsideWorld(options: ConnectOptions, environment: Environment): Outside {
  let connected: ReturnType<typeof connect> | undefined;
  const stream: Connection['stream'] = async (...asked) => (await (connected ??= connect(options))).stream(...asked);
  return realOutside({ stream }, environment);
}

/**
 * @param log told when a call is made again
 * @param signal ends the waits between attempts
 * @throws EngineError unreachable
 */
export async function realWorld(
  options: ConnectOptions & { readonly fieldManager?: string },
  log: (line: string) => void = () => {},
  signal?: AbortSignal,
): Promise<RealWorld> {
  const connection = await connect(options);
  const client = new KubernetesClient(connection, realClock, options.fieldManager);
  const api = retried(client, { clock: realClock, jitter: Math.random, log, ...(signal && { signal }) });
  const outside = realOutside(connection, process.env);
  return { api, clock: realClock, random: realRandom, outside, namespace: connection.namespace };
}
