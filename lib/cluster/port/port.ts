import type { Manifest, ObjectMeta, StringMap } from '../../core';

/** The name under which the API server knows which fields are ours. */
export const FIELD_MANAGER = 'graylane';

/** One entry of metadata.managedFields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
  /** Such as `status`. */
  readonly subresource?: string;
}

/** FieldsV1: a tree of `f:name`, `k:{"name":"x"}` and `.`; an empty one is a leaf. */
export interface FieldSet {
  readonly [path: string]: FieldSet;
}

/** An object as the API server has it. */
export interface Live extends Manifest {
  readonly metadata: ObjectMeta & {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly managedFields?: readonly ManagedFields[];
  };
}

/** A kind of object. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object. */
export interface Ref extends Kind {
  readonly name: string;
  /** Absent for kinds that belong to no namespace. */
  readonly namespace?: string;
}

/** Which objects of a kind. */
export interface Selection {
  /** @default - all namespaces */
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: StringMap;
  /** Of Events: the uid of the object that they are about. */
  readonly involved?: string;
}

export interface ApplyOptions {
  /** Takes fields over that others own with another value. @default false */
  readonly force?: boolean;
  /** Answers with the result and writes nothing. @default false */
  readonly dryRun?: boolean;
}

export interface Watch {
  close(): void;
}

/**
 * An API server, as far as the engine needs it. Errors are ApiErrors, after the retries that make sense. What is not
 * there is undefined or an empty list, and so is a kind that the server does not know.
 */
export interface Api {
  /** URL of the server: it tells clusters apart. */
  readonly server: string;
  get(ref: Ref): Promise<Live | undefined>;
  list(kind: Kind, selection?: Selection): Promise<Live[]>;
  create(object: Manifest): Promise<Live>;
  /** Replaces the object; with its resourceVersion, another's write in between is a conflict (409). */
  update(object: Manifest): Promise<Live>;
  /** Server-side apply, as the manager `graylane`; a resourceVersion in the object is honoured. */
  apply(object: Manifest, options?: ApplyOptions): Promise<Live>;
  /** JSON merge patch. */
  patch(ref: Ref, change: object): Promise<Live>;
  /**
   * In the background, never orphaning; with `uid` only that very object, and with `resourceVersion` only as it was read: else
   * it is a conflict (409). What is not there counts as deleted.
   */
  delete(ref: Ref, uid?: string, resourceVersion?: string): Promise<void>;
  /** Calls `changed` after changes. A hint that may stay away: who waits also looks by himself now and then. */
  watch(kind: Kind, selection: Selection, changed: () => void): Watch;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** Unique and fit for a name: lower case letters and digits. */
  id(): string;
}

/** How the API server said no. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    readonly reason: string,
    message: string,
    /** Seconds after which to try again, by the server's own word. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The reason of an ApiError where nothing can be made, for the namespace is not there or on its way out. */
export const NAMESPACE_MISSING = 'NamespaceMissing';

export function isNamespaceMissing(error: unknown): boolean {
  return error instanceof ApiError && error.reason === NAMESPACE_MISSING;
}

/**
 * Whether admission, a quota or a policy said no: under a status of its own choice, that of a wrong field unless it says
 * otherwise, or under that of a missing right, which names the user and what he cannot do.
 */
export function isDenied({ status, message }: Pick<ApiError, 'status' | 'message'>): boolean {
  const denied = status === 403 ? / denied |is forbidden: (?!User\b)/ : / denied (the )?request\b/;
  return denied.test(message);
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** What somebody has written of an object, and not its controllers. */
export function contentOf({ metadata: { labels, annotations }, status: _, ...rest }: Live): object {
  return { ...rest, metadata: { labels, annotations } };
}

/** The reference to an object. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Ref {
  return { apiVersion, kind, name: name!, ...(namespace !== undefined && { namespace }) };
}

/** `Deployment shop/spring-cloud-a`, for messages. */
export function refName({ kind, name, namespace }: Ref): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
