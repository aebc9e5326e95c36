import { isCustom, kindKey } from '../manifests/kinds';
import { type Manifest, objectKey } from '../manifests/manifest';
import { type Check, MEANT, type Neighbours } from './check';

/** Places in the list of all objects, by the keys that a check finds them by. */
type Places = Map<string, number[]>;

/** The key of what a check finds by no key. */
const ANY = [''];

/**
 * What is around the releases of an app: the objects that some check looks at, each once, without those for which the canary
 * is meant to be left out. An app may have a thousand rollouts: each check finds its objects without looking at all.
 */
export class Surroundings implements Neighbours {
  readonly all: readonly Manifest[];
  /** The checks that have something to look at. */
  readonly checks: readonly Check[];
  private readonly kinds = new Map<string, Manifest[]>();
  private readonly places = new Map<Check, Map<string | undefined, Places>>();

  constructor(objects: readonly Manifest[], checks: readonly Check[]) {
    const kinds = kindsOf(checks);
    const found = objects.filter(
      (object) => isLookedAt(object, kinds) && object.metadata.annotations?.[MEANT.key] !== MEANT.value,
    );
    this.all = [...new Map(found.map((object) => [objectKey(object), object])).values()];
    for (const object of this.all) add(this.kinds, kindKey(object), object);
    this.checks = checks.filter((check) => check.objects === undefined || this.placesOf(check).size > 0);
  }

  alike(object: Manifest): readonly Manifest[] {
    return this.kinds.get(kindKey(object)) ?? [];
  }

  /** Those of a namespace that a check looks at and that have one of the keys, in the order of the app. */
  of(check: Check, namespace: string | undefined, keys: readonly string[] = ANY): Manifest[] {
    const places = this.placesOf(check).get(namespace);
    const lists = keys.flatMap((key) => [places?.get(key) ?? []]);
    const found = lists.length === 1 ? lists[0]! : [...new Set(lists.flat())].sort((a, b) => a - b);
    return found.map((place) => this.all[place]!);
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
    const kinds = kindsOf([check]);
    for (const [place, object] of this.all.entries()) {
      if (!kinds.has(kindKey(object)) && !check.alsoLooksAt?.(object)) continue;
      const { namespace } = object.metadata;
      const keyed = made.get(namespace) ?? new Map<string, number[]>();
      made.set(namespace, keyed);
      for (const key of check.foundBy?.keysOf(object) ?? ANY) add(keyed, key, place);
    }
    return made;
  }
}

/** The kinds that some of the checks look at, by their keys. */
export function kindsOf(checks: readonly Check[]): ReadonlySet<string> {
  return new Set(checks.flatMap(({ objects = [], given = [] }) => [...objects, ...given].map(kindKey)));
}

/** Whether one of the checks that look at these kinds may look at such an object. */
export function isLookedAt(object: Pick<Manifest, 'apiVersion' | 'kind'>, kinds: ReadonlySet<string>): boolean {
  return kinds.has(kindKey(object)) || isCustom(object.apiVersion);
}

function add<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [one]);
  else list.push(one);
}
