import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ConnectOptions } from './connection';
import { KubernetesClient } from './kubernetes-client';
import type { Api, Clock, Random } from '../port/port';

/** The world as it is: an API server, the machine's clock, real chance. */
export interface RealWorld {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: Random;
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
 * @param log told before a call is made again
 * @throws EngineError unreachable
 */
export async function realWorld(
  options: ConnectOptions & { readonly fieldManager?: string },
  log: (line: string) => void = () => {},
): Promise<RealWorld> {
  const connection = await connect(options);
  const retries = { clock: realClock, jitter: Math.random, log };
  const api = new KubernetesClient(connection, retries, options.fieldManager);
  return { api, clock: realClock, random: realRandom, namespace: connection.namespace };
}
