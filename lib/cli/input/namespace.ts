import { isOurs, type Manifest, objectKey } from '../../core';
import type { InputDeclarations } from './declarations';

/** Where kubectl puts what has no namespace, if nothing else is said. */
const DEFAULT = 'default';

/**
 * What has no namespace gets that of the release, as `up` sees it: the given one, else the only one that rollouts name, else
 * `default`. Where nothing has a namespace and none is given, nothing gets one.
 */
export function placed(declared: InputDeclarations, given?: string): InputDeclarations {
  const namespace = given ?? namespaceOf(declared);
  if (namespace === undefined) return declared;
  const { objects, lanes, rollouts } = declared;
  return {
    objects: objects.map((source) => {
      const { object } = source;
      if (object.metadata.namespace !== undefined) return source;
      return { ...source, object: { ...object, metadata: { ...object.metadata, namespace } }, placed: true };
    }),
    lanes: new Map([...lanes].map(([lane, source]) => [{ namespace, ...lane }, source])),
    rollouts: new Map([...rollouts].map(([spec, source]) => [{ namespace, ...spec }, source])),
  };
}

function namespaceOf({ objects, lanes, rollouts }: InputDeclarations): string | undefined {
  const all = [...objects.map(({ object: { metadata } }) => metadata), ...lanes.keys(), ...rollouts.keys()];
  if (all.every(({ namespace }) => namespace === undefined)) return undefined;
  const [one, ...others] = new Set([...rollouts.keys()].flatMap(({ namespace }) => namespace ?? []));
  return one !== undefined && others.length === 0 ? one : DEFAULT;
}

/** Printed objects without the namespaces that nobody wrote: each of ours as the object that it follows. */
export function asWritten({ objects }: InputDeclarations, printed: readonly Manifest[]): Manifest[] {
  const unwritten = new Set(objects.flatMap(({ object, placed: is }) => (is ? [objectKey(object)] : [])));
  const known = new Set(objects.map(({ object }) => object));
  let follows = false;
  return printed.map((object) => {
    if (!isOurs(object)) follows = unwritten.has(objectKey(object));
    // What no stage changes is printed as it was written.
    if (!follows || known.has(object)) return object;
    const { namespace: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  });
}
