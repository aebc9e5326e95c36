import { isCustom, isSameKind } from '../manifests/kinds';
import { type Manifest, objectKey } from '../manifests/manifest';
import { type Check, MEANT } from './check';

/** Places in the list of all objects, by the keys that a check finds them by. */
type Places = Map<string, number[]>;

/** The key of what a check finds by no key. */
const ANY = [''];

/**
 * What is around the releases of an app: the objects that some check looks at, each once, without those for which the canary
 * is meant to be left out. An app may have a thousand rollouts: each check finds its objects without looking at all.
 */
export class Surroundings {
  readonly all: readonly Manifest[];
  private readonly places = new Map<Check, Map<string | undefined, Places>>();

  constructor(objects: readonly Manifest[], checks: readonly Check[]) {
    const found = objects.filter(
      (object) => isLookedAt(object, checks) && object.metadata.annotations?.[MEANT.key] !== MEANT.value,
    );
    this.all = [...new Map(found.map((object) => [objectKey(object), object])).values()];
  }

  /** Those of a namespace that a check looks at and that have one of the keys, in the order of the app. */
  of(check: Check, namespace: string | undefined, keys: readonly string[] = ANY): Manifest[] {
    const places = this.placesOf(check).get(namespace);
    const found = new Set(keys.flatMap((key) => places?.get(key) ?? []));
    return [...found].sort((a, b) => a - b).map((place) => this.all[place]!);
  }

  /** Those of other namespaces, or of none, that are about this one, in the order of the app. */
  reaching(check: Check, namespace: string | undefined, besides: readonly (string | undefined)[]): Manifest[] {
    const { reaches } = check;
    if (reaches === undefined) return [];
    const others = [...this.placesOf(check)].filter(([place]) => !besides.includes(place));
    const found = others.flatMap(([, places]) => [...new Set([...places.values()].flat())]);
    return found
      .sort((a, b) => a - b)
      .flatMap((place) => {
        const object = this.all[place]!;
        return reaches(object, namespace) ? [object] : [];
      });
  }

  private placesOf(check: Check): ReadonlyMap<string | undefined, Places> {
    const known = this.places.get(check);
    if (known !== undefined) return known;
    const made = new Map<string | undefined, Places>();
    this.places.set(check, made);
    for (const [place, object] of this.all.entries()) {
      if (!looksAt(check, object)) continue;
      const { namespace } = object.metadata;
      const keyed = made.get(namespace) ?? new Map<string, number[]>();
      made.set(namespace, keyed);
      for (const key of check.foundBy?.keysOf(object) ?? ANY) {
        const same = keyed.get(key);
        if (same === undefined) keyed.set(key, [place]);
        else same.push(place);
      }
    }
    return made;
  }
}

/** Whether one of the checks may look at such an object. */
export function isLookedAt(object: Pick<Manifest, 'apiVersion' | 'kind'>, checks: readonly Check[]): boolean {
  return isCustom(object.apiVersion) || checks.some((check) => isOfKinds(check, object));
}

function looksAt(check: Check, object: Manifest): boolean {
  return isOfKinds(check, object) || (check.alsoLooksAt?.(object) ?? false);
}

function isOfKinds({ objects = [], given = [] }: Check, object: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return [...objects, ...given].some((kind) => isSameKind(kind, object));
}
