/**
 * The API server as the tests see it: paths and objects. Not the client of the library, so that a mistake in that one
 * cannot hide itself.
 */
import { Agent, request } from 'node:https';
import { stringify } from 'yaml';
import type { Access } from './access';

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly [field: string]: unknown };
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export interface ApplyOptions {
  /** Default `test`. */
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

type Query = Record<string, string | undefined>;

export class Api {
  private readonly agent: Agent;

  constructor(private readonly access: Access) {
    const { ca, certificate, key, insecure } = access;
    this.agent = new Agent({ keepAlive: true, ca, cert: certificate, key, rejectUnauthorized: !insecure });
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.call<T>('GET', path, query);
  }

  /** Undefined where there is no such object. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Whether a GET succeeds. No connection is a no, too. */
  async answers(path: string): Promise<boolean> {
    try {
      await this.get(path);
      return true;
    } catch {
      return false;
    }
  }

  create<T>(path: string, object: KubernetesObject): Promise<T> {
    return this.call<T>('POST', path, {}, 'application/json', JSON.stringify(object));
  }

  /** A merge patch. */
  patch<T>(path: string, change: object): Promise<T> {
    return this.call<T>('PATCH', path, {}, 'application/merge-patch+json', JSON.stringify(change));
  }

  /** Server-side apply. */
  apply<T>(path: string, object: KubernetesObject, options: ApplyOptions = {}): Promise<T> {
    const { fieldManager = 'test', force, dryRun } = options;
    const query = { fieldManager, force: force ? 'true' : undefined, dryRun: dryRun ? 'All' : undefined };
    return this.call<T>('PATCH', path, query, 'application/apply-patch+yaml', stringify(object));
  }

  /** What is not there counts as deleted. */
  async delete(path: string, propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<void> {
    try {
      await this.call('DELETE', path, { propagationPolicy });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Ends its connections. */
  close(): void {
    this.agent.destroy();
  }

  private async call<T>(method: string, path: string, query: Query, contentType?: string, body?: string): Promise<T> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
    const { status, text } = await this.exchange(method, path + search, contentType, body);
    if (status >= 300) throw apiError(`${method} ${path}`, status, text);
    return (text.startsWith('{') ? JSON.parse(text) : text) as T;
  }

  private exchange(
    method: string,
    path: string,
    contentType?: string,
    body?: string,
  ): Promise<{ status: number; text: string }> {
    const { server, token, actAs } = this.access;
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(actAs && { 'impersonate-user': actAs }),
      ...(contentType && { 'content-type': contentType }),
      accept: 'application/json',
    };
    return new Promise((resolve, reject) => {
      const sent = request(server + path, { method, headers, agent: this.agent, timeout: 30_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode!, text })).on('error', reject);
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server has closed a kept connection in the moment in which it was used again: it has done nothing.
        const closed = sent.reusedSocket && error.code === 'ECONNRESET';
        if (closed) this.exchange(method, path, contentType, body).then(resolve, reject);
        else reject(error);
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer for 30 s`)));
      sent.end(body);
    });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** The API server answers with a Status object; what stands before it may answer with anything. */
function apiError(what: string, status: number, text: string): ApiError {
  const { reason = '', message = text } = text.startsWith('{')
    ? (JSON.parse(text) as { reason?: string; message?: string })
    : {};
  return new ApiError(status, reason, `${what}: ${status} ${reason} ${message}`);
}
