import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import type { StringMap } from '../../core';
import { EngineError } from '../port/failure';
import { ApiError } from '../port/port';
import { userAgent } from './user-agent';

/** Milliseconds without any answer. */
const SILENCE = 30_000;

export interface ConnectOptions {
  /** Content of a kubeconfig. @default - KUBECONFIG, ~/.kube/config, or the cluster that we run in */
  readonly kubeconfig?: string;
  /** @default - the current one */
  readonly context?: string;
  /** What asks, for the server's audit log: `up`, `pulumi`. @default library */
  readonly command?: string;
}

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Beside ours. */
  readonly headers?: StringMap;
}

/** A server, and how to talk to it as the user of a kubeconfig. */
export interface Connection {
  readonly server: string;
  /** The context's namespace. */
  readonly namespace: string;
  /** The body of the answer, whatever its status. */
  call(exchange: Exchange): Promise<{ status: number; retryAfter?: number; text: string }>;
  /** The answer as it comes, until `signal`. */
  stream(exchange: Exchange, signal: AbortSignal): Promise<IncomingMessage>;
}

/** @throws EngineError unreachable, where no kubeconfig leads to a server */
export async function connect({ kubeconfig, context, command = 'library' }: ConnectOptions = {}): Promise<Connection> {
  const config = await load(kubeconfig, context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const known = config.getContexts().map(({ name }) => name);
    const current = config.getCurrentContext();
    const what = current ? `no cluster for the context "${current}"` : 'no current context';
    throw new EngineError('unreachable', 'kubeconfig', `${what}; there are: ${known.join(', ') || 'none'}`);
  }
  const server = cluster.server.replace(/\/$/, '');
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const from = userAgent(command);
  let send = sender(config, server, from);
  let renewals = 0;
  const fresh = async () => sender(renamed(await load(kubeconfig, context), ++renewals), server, from);
  return {
    server,
    namespace,
    call: async (exchange) => {
      const answer = await readAll(await send(exchange));
      if (answer.status !== 401) return answer;
      // A token may have run out before its time, or somebody has logged in anew since.
      send = await fresh();
      return readAll(await send(exchange));
    },
    stream: (exchange, signal) => send(exchange, signal),
  };
}

/** The library keeps what a credential plugin answered under the name of its user: under another it asks anew. */
function renamed(config: KubeConfig, renewal: number): KubeConfig {
  const name = (user: string) => `${user} (${renewal})`;
  config.users = config.users.map((user) => ({ ...user, name: name(user.name) }));
  config.contexts = config.contexts.map((context) => ({ ...context, user: name(context.user) }));
  return config;
}

async function load(kubeconfig: string | undefined, context: string | undefined): Promise<KubeConfig> {
  // ESM only, and slow to load: only who talks to a cluster pays for it.
  const { KubeConfig } = await import('@kubernetes/client-node').catch(() => {
    const fix = 'npm install @kubernetes/client-node@1';
    throw new EngineError('unreachable', 'kubeconfig', '@kubernetes/client-node is not installed', fix);
  });
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromString(kubeconfig);
  } catch (error) {
    throw new EngineError('unreachable', 'kubeconfig', (error as Error).message);
  }
  // Where there is none the library makes one up, of a server on this machine.
  if (kubeconfig === undefined && config.getCurrentContext() === MADE_UP) {
    throw new EngineError('unreachable', 'kubeconfig', 'there is none in KUBECONFIG or ~/.kube/config');
  }
  // Without the option the library takes no plain HTTP, which is what `kubectl proxy` speaks.
  for (const cluster of config.clusters)
    if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** The name that the library gives to the context that it makes up. */
const MADE_UP = 'loaded-context';

/** Credentials are asked for before each request, since they may be short-lived; connections are kept. */
function sender(config: KubeConfig, server: string, from: string) {
  const secure = server.startsWith('https:');
  const proxied = config.getCurrentCluster()?.proxyUrl !== undefined;
  let kept: { credentials: string; agent: HttpAgent } | undefined;
  const agentOf = (options: RequestOptions): RequestOptions['agent'] => {
    if (proxied) return options.agent;
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options as HttpsAgent['options'];
    const tls = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
    const credentials = JSON.stringify([cert, key]);
    if (kept?.credentials !== credentials) {
      kept = {
        credentials,
        agent: secure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true }),
      };
    }
    return kept.agent;
  };
  return async (
    { method, path, body, contentType, headers: others }: Exchange,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options).catch((error: unknown) => {
      throw new EngineError('unreachable', 'kubeconfig', `no credentials: ${(error as Error).message}`);
    });
    const headers = {
      ...others,
      ...(options.headers as object),
      accept: 'application/json',
      'user-agent': from,
      ...(contentType && { 'content-type': contentType }),
      // Node sends the body of a DELETE without saying how long it is.
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    };
    const { auth } = options;
    return new Promise((resolve, reject) => {
      const request = secure ? httpsRequest : httpRequest;
      const sent = request(server + path, { method, headers, auth, agent: agentOf(options), signal }, resolve);
      if (!signal) sent.setTimeout(SILENCE, () => sent.destroy(new Error(`no answer for ${SILENCE / 1000} s`)));
      sent.on('error', (error) => reject(new ApiError(0, 'Unreachable', `${server}: ${error.message}`)));
      sent.end(body);
    });
  };
}

async function readAll(response: IncomingMessage): Promise<{ status: number; retryAfter?: number; text: string }> {
  const parts: Buffer[] = [];
  try {
    for await (const part of response) parts.push(part as Buffer);
  } catch (error) {
    throw new ApiError(0, 'Unreachable', (error as Error).message);
  }
  const retryAfter = Number(response.headers['retry-after']);
  const text = Buffer.concat(parts).toString('utf8');
  return { status: response.statusCode!, text, ...(Number.isFinite(retryAfter) && { retryAfter }) };
}
