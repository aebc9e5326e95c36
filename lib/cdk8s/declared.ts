import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { type ErrorCode, GraylaneError, type Manifest } from '../core';
import { problem } from './errors';

/** The objects that print what a release makes of them, with the `toJson` that prints what the user declared. */
const printing = new WeakMap<ApiObject, () => unknown>();

/** The Kubernetes objects of a construct and of all below it. */
export function objectsOf({ node }: IConstruct): ApiObject[] {
  return node.findAll().filter((child) => ApiObject.isApiObject(child));
}

/** The manifest as the user declared it, whatever a release makes of it. */
export function declared(object: ApiObject): Manifest {
  const manifest = toJsonOf(object).call(object) as Manifest;
  spreadOnce(object);
  return manifest;
}

/**
 * From now on the object prints this manifest, in the order of cdk8s: a diff shows only what a release changes.
 * @param before what it would have printed: what of it is unchanged is in that order
 */
export function print(object: ApiObject, { apiVersion, kind, metadata, ...rest }: Manifest, before: Manifest): void {
  const order = process.env.CDK8S_DISABLE_SORT ? <T>(value: T) => value : sorted;
  const manifest = { apiVersion, kind, metadata: order(metadata, before.metadata), ...order(rest, before) };
  replaceJson(object, () => manifest);
}

/** The object prints what was declared at this moment, but only once: reading a declaration costs as much as printing it. */
export function printOnce(object: ApiObject, manifest: Manifest): void {
  replaceJson(object, () => {
    printDeclared(object);
    return manifest;
  });
}

function replaceJson(object: ApiObject, toJson: () => Manifest): void {
  printing.set(object, toJsonOf(object));
  object.toJson = toJson;
}

function toJsonOf(object: ApiObject): () => unknown {
  // It is called with the object: whether it is of its class or the object's own.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  return printing.get(object) ?? object.toJson;
}

/** With its keys sorted, as cdk8s does unless it is told not to. */
function sorted<T>(value: T, before: unknown): T {
  if (value === before || typeof value !== 'object' || value === null) return value;
  const known = (typeof before === 'object' && before !== null ? before : {}) as Record<string, unknown>;
  if (Array.isArray(value)) return value.map((entry, i) => sorted(entry as unknown, known[i])) as T;
  const fields = value as Record<string, unknown>;
  const inOrder: Record<string, unknown> = {};
  for (const key of Object.keys(fields).sort()) inOrder[key] = sorted(fields[key], known[key]);
  return inOrder as T;
}

/** The object prints what the user declared again. */
export function printDeclared(object: ApiObject): void {
  const toJson = printing.get(object);
  if (toJson === undefined) return;
  object.toJson = toJson;
  printing.delete(object);
}

/** A workload of cdk8s-plus with `spread: true` adds its terms anew each time that it is read: the first time is enough. */
function spreadOnce({ node: { scope } }: ApiObject): void {
  const workload = scope as { spread?: unknown } | undefined;
  if (workload?.spread === true) workload.spread = false;
}

/** An object of ours below a construct; labels of the chart are added to it like to any other of the chart. */
export function addObject(scope: Construct, manifest: Manifest): ApiObject {
  const { kind, metadata } = manifest;
  const object = new ApiObject(scope, `${kind}-${metadata.name}`, manifest);
  // The object belongs where its base is, even if our construct is in a chart with a namespace of its own.
  if (metadata.namespace === undefined && object.metadata.namespace !== undefined) {
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
  return object;
}

/** The name that a reference means: given as such, or that of a construct's object. */
export function nameOf(reference: string | IConstruct, code: ErrorCode, path: string): string {
  return typeof reference === 'string' ? reference : objectOf(reference, code, path).name;
}

/**
 * The Kubernetes object of a construct.
 * @throws GraylaneError with that code for a construct of several objects, or of none
 */
export function objectOf(construct: IConstruct, code: ErrorCode, path: string): ApiObject {
  if (!Construct.isConstruct(construct)) throw new GraylaneError(problem(code, path, typeof construct, ONE_OBJECT));
  if (ApiObject.isApiObject(construct)) return construct;
  const child = construct.node.defaultChild;
  if (child !== undefined) return objectOf(child, code, path);
  const count = objectsOf(construct).length;
  const given = `${construct.constructor.name} ${construct.node.path} with ${count} objects`;
  throw new GraylaneError(problem(code, path, given, ONE_OBJECT));
}

const ONE_OBJECT = {
  allowed: 'a construct of one Kubernetes object',
  fix: 'give the object itself: Workload.in(construct, name) finds a Deployment among several, others go by name',
};
