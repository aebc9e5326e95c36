import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import {
  defined,
  isBaseKind,
  isReferable,
  mayBeAround,
  type Manifest,
  objectKey,
  objectName,
  refuse,
  routeKinds,
  type Topology,
} from '../core';
import { problem } from './errors';
import { gateways } from '../gateways';
import { declared, objectsOf } from './declared';

interface DeclaredObject {
  readonly object: ApiObject;
  readonly manifest: Manifest;
}

/** Kinds that rollouts and lanes may refer to. */
const KINDS = new Set([
  'Deployment',
  'Service',
  ...routeKinds(Object.values(gateways))
    .filter(isBaseKind)
    .map(({ kind }) => kind),
]);

/** Whether more of it matters than that it is there. */
function isRead(object: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return KINDS.has(object.kind) || mayBeAround(object);
}

/** R16: what an app records of a Secret is its name. */
export function recordable(manifest: Manifest): Manifest {
  const { apiVersion, kind, metadata } = manifest;
  const { name, namespace } = metadata;
  return isRead(manifest) ? manifest : { apiVersion, kind, metadata: defined({ name, namespace }) };
}

/** The objects of an app that releases may concern, as the user declared them. */
export class AppObjects {
  /** The objects below the root but ours. */
  static of(root: IConstruct, ours: ReadonlySet<ApiObject>): AppObjects {
    const objects = objectsOf(root).filter((object) => (isRead(object) || isReferable(object)) && !ours.has(object));
    return new AppObjects(objects.map((object) => ({ object, manifest: declared(object) })));
  }

  private readonly byKey = new Map<string, DeclaredObject>();
  /** Objects that share their key with an earlier one, as charts for several clusters may have them. */
  private readonly again: DeclaredObject[] = [];

  private constructor(objects: readonly DeclaredObject[]) {
    for (const one of objects) {
      const key = objectKey(one.manifest);
      if (this.byKey.has(key)) this.again.push(one);
      else this.byKey.set(key, one);
    }
  }

  get manifests(): Manifest[] {
    return [...this.byKey.values()].map(({ manifest }) => manifest);
  }

  find(manifest: Manifest): DeclaredObject | undefined {
    return this.byKey.get(objectKey(manifest));
  }

  /**
   * Of two objects of one name nobody could tell which one a release means.
   * @throws GraylaneError object-duplicate
   */
  refuseDuplicates({ members, routings }: Topology): void {
    if (this.again.length === 0) return;
    const concerned = new Set(
      [
        ...members.flatMap(({ deployment, services }) => [deployment, ...services]),
        ...routings.flatMap(({ bases }) => bases.flatMap(({ services, object }) => [...services, object])),
      ].map(objectKey),
    );
    const twice = this.again.filter(({ manifest }) => concerned.has(objectKey(manifest)));
    refuse(
      twice.map(({ object, manifest }) =>
        problem('object-duplicate', 'metadata.name', objectName(manifest), {
          subject: [object.node.path],
          fix: 'give each namespace its own charts, and each cluster an App of its own',
        }),
      ),
    );
  }
}
