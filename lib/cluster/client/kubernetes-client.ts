import { defined, type Manifest, pluralOf } from '../../core';
import type { Connection, Exchange } from './connection';
import { Discovery } from './discovery';
import {
  type Api,
  ApiError,
  type ApplyOptions,
  type Clock,
  FIELD_MANAGER,
  isDenied,
  type Kind,
  type Live,
  NAMESPACE_MISSING,
  type Ref,
  refName,
  refOf,
  type Selection,
  type Watch,
} from '../port/port';
import { watchChanges } from './watch';

const JSON_TYPE = 'application/json';

/** Objects in one answer to a list: a namespace may have thousands, and a server has to hold what it sends. */
const PAGE = 500;
/** Lists that the server forgets while they are read, before it is told. */
const ATTEMPTS = 5;

interface Page {
  readonly items: readonly Live[];
  readonly metadata?: { readonly continue?: string };
}

/** The port on a real API server: each call is made once. */
export class KubernetesClient implements Api {
  private readonly discovery: Discovery;

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    private readonly manager = FIELD_MANAGER,
  ) {
    this.discovery = new Discovery((path) => this.send<object>({ method: 'GET', path }, `read ${path}`));
  }

  get server(): string {
    return this.connection.server;
  }

  async get(ref: Ref): Promise<Live | undefined> {
    const path = await this.discovery.find(ref);
    if (path === undefined) return undefined;
    return ifThere(this.send<Live>({ method: 'GET', path: path(ref) }, `get ${refName(ref)}`));
  }

  async list(kind: Kind, selection: Selection = {}): Promise<Live[]> {
    const path = await this.discovery.find(kind);
    if (path === undefined) return [];
    const what = `list ${pluralOf(kind.kind)}${selection.namespace === undefined ? '' : ` in ${selection.namespace}`}`;
    const items = await this.pages(path(selection), selectionQuery(selection, `limit=${PAGE}`), what);
    // The items of a list do not say what they are.
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  /** A list that was too long for one answer, and whose rest the server has forgotten meanwhile (410), is begun again. */
  private async pages(path: string, query: string, what: string, attempts = ATTEMPTS): Promise<Live[]> {
    const items: Live[] = [];
    try {
      for (let rest = ''; ;) {
        const page = await this.send<Page>({ method: 'GET', path: path + query + rest }, what);
        items.push(...page.items);
        if (!page.metadata?.continue) return items;
        rest = `&continue=${encodeURIComponent(page.metadata.continue)}`;
      }
    } catch (error) {
      const forgotten = error instanceof ApiError && error.status === 410 && attempts > 1;
      if (!forgotten) throw error;
      return this.pages(path, query, what, attempts - 1);
    }
  }

  async create(object: Manifest): Promise<Live> {
    const ref = refOf(object);
    const path = (await this.path(ref))({ ...(ref.namespace !== undefined && { namespace: ref.namespace }) });
    const query = `?fieldManager=${this.manager}`;
    const body = JSON.stringify(object);
    return this.send({ method: 'POST', path: path + query, contentType: JSON_TYPE, body }, `create ${refName(ref)}`);
  }

  async update(object: Manifest): Promise<Live> {
    const ref = refOf(object);
    const path = `${(await this.path(ref))(ref)}?fieldManager=${this.manager}`;
    const body = JSON.stringify(object);
    return this.send({ method: 'PUT', path, contentType: JSON_TYPE, body }, `update ${refName(ref)}`);
  }

  async apply(object: Manifest, { force = false, dryRun = false }: ApplyOptions = {}): Promise<Live> {
    const ref = refOf(object);
    const query = `?fieldManager=${this.manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`;
    const exchange: Exchange = {
      method: 'PATCH',
      path: (await this.path(ref))(ref) + query,
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    };
    return this.send(exchange, `patch ${refName(ref)}`);
  }

  async patch(ref: Ref, change: object): Promise<Live> {
    const path = `${(await this.path(ref))(ref)}?fieldManager=${this.manager}`;
    const contentType = 'application/merge-patch+json';
    return this.send({ method: 'PATCH', path, contentType, body: JSON.stringify(change) }, `patch ${refName(ref)}`);
  }

  async delete(ref: Ref, uid?: string, resourceVersion?: string): Promise<void> {
    const path = (await this.path(ref))(ref);
    const preconditions = uid === undefined ? undefined : defined({ uid, resourceVersion });
    const body = JSON.stringify(defined({ propagationPolicy: 'Background', preconditions }));
    await ifThere(this.send({ method: 'DELETE', path, contentType: JSON_TYPE, body }, `delete ${refName(ref)}`));
  }

  watch(kind: Kind, selection: Selection, changed: () => void): Watch {
    const stopped = new AbortController();
    const path = async () => {
      const of = await this.discovery.find(kind);
      const { name, ...scope } = selection;
      return of && of(scope) + selectionQuery({ ...scope, ...(name !== undefined && { name }) }, 'watch=true');
    };
    void watchChanges(this.connection, this.clock, path, changed, stopped.signal);
    return { close: () => stopped.abort() };
  }

  private async path(kind: Kind) {
    const path = await this.discovery.find(kind);
    if (path) return path;
    throw new ApiError(404, 'NotFound', `the server has no kind ${kind.kind} in ${kind.apiVersion}`);
  }

  private async send<T>(exchange: Exchange, what: string): Promise<T> {
    const { status, text, retryAfter } = await this.connection.call(exchange);
    if (status < 300) return readAnswer<T>(what, text);
    throw failed(what, exchange, status, text, retryAfter);
  }
}

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function selectionQuery({ name, labels = {}, involved }: Selection, first?: string): string {
  const fields = Object.entries(defined({ 'metadata.name': name, 'involvedObject.uid': involved }));
  const terms = [
    ...(first ? [first] : []),
    ...(fields.length === 0
      ? []
      : [`fieldSelector=${encodeURIComponent(fields.map((term) => term.join('=')).join(','))}`]),
    ...(Object.keys(labels).length === 0
      ? []
      : [
          `labelSelector=${encodeURIComponent(
            Object.entries(labels)
              .map((term) => term.join('='))
              .join(','),
          )}`,
        ]),
  ];
  return terms.length === 0 ? '' : `?${terms.join('&')}`;
}

/** A proxy may answer for the server with a page of its own, and break off in the middle. */
function readAnswer<T>(what: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    const begin = JSON.stringify(text.slice(0, 60));
    throw new ApiError(0, 'Unreachable', `${what}: the answer is no JSON, and begins with ${begin}`);
  }
}

/** The API server answers with a Status object; what stands before it may answer with anything. */
function failed(what: string, exchange: Exchange, status: number, text: string, retryAfter?: number): ApiError {
  const answer = parse(text);
  const { reason = '', message = text.slice(0, 200) } = answer;
  const namespaceMissing = isOfNamespace(answer);
  const rule =
    status === 403 && !namespaceMissing && !isDenied({ status, message })
      ? `; missing is the rule ${ruleFor(exchange)}`
      : '';
  const told = `${what}: ${status} ${reason} ${message}${rule}`;
  return new ApiError(status, namespaceMissing ? NAMESPACE_MISSING : reason, told, retryAfter);
}

/** What is read of a Status object. */
interface Answer {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly kind?: string; readonly causes?: readonly { readonly reason?: string }[] };
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}

/** Gone: 404 of the namespace, whatever was asked for. On its way out: 403, with its cause. */
function isOfNamespace({ reason, details = {} }: Answer): boolean {
  const isGone = reason === 'NotFound' && details.kind === 'namespaces';
  return isGone || (details.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');
}

const VERBS: Readonly<Record<Exchange['method'], string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The RBAC rule that would have allowed a request. */
export function ruleFor({ method, path }: Pick<Exchange, 'method' | 'path'>): string {
  const [bare = '', query = ''] = path.split('?');
  const parts = bare.split('/').filter((part) => part !== '');
  const group = parts[0] === 'apis' ? parts[1]! : '';
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const [resource = '', name] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const listed = method === 'GET' && name === undefined;
  const verb = listed ? (query.includes('watch=true') ? 'watch' : 'list') : VERBS[method];
  return `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
}
