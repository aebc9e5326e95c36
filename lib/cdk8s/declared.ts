import { ApiObject, JsonPatch } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import type { Manifest } from '../core';

/** The manifest as the user declared it, whatever a release makes of it. */
export function declared(object: ApiObject): Manifest {
  // The own property, if there is one, is what `print` has put there.
  return (Object.getPrototypeOf(object) as ApiObject).toJson.call(object) as Manifest;
}

/** From now on the object prints this manifest. */
export function print(object: ApiObject, manifest: Manifest): void {
  object.toJson = () => manifest;
}

/** The object prints what the user declared again. */
export function printDeclared(object: ApiObject): void {
  delete (object as { toJson?: unknown }).toJson;
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
export function nameOf(reference: string | IConstruct): string {
  return typeof reference === 'string' ? reference : ApiObject.of(reference).name;
}
