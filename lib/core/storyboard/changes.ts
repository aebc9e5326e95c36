import { changedPaths, sameJson } from '../manifests/json';
import { isDeployment, isService, type Manifest, objectKey } from '../manifests/manifest';
import { isOurs } from '../manifests/names';
import type { RevisionNames } from '../app/about';
import type { Stage } from '../release/stages';

/** One object that a stage changes. */
export interface Change {
  readonly verb: 'created' | 'changed' | 'deleted';
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** What of it, shortly: field names, replicas, the route; never a value of a pod template. */
  readonly facts: readonly string[];
}

/** The objects of an app at one stage. */
export interface Scene {
  readonly objects: readonly Manifest[];
  readonly stage: Stage;
}

/** More field names than this tell nobody anything. */
const MOST_FIELDS = 4;

/** What is different after a stage, in the order of the objects; deleted ones come last. */
export function changesBetween(
  before: Scene,
  after: Scene,
  route: (base: Manifest) => readonly string[],
  names: RevisionNames,
): Change[] {
  const bases = basesOfOurs(after.objects);
  const old = new Map(before.objects.map((object) => [objectKey(object), object]));
  const left = new Set(after.objects.map(objectKey));
  const facts = (object: Manifest, was?: Manifest): string[] => {
    if (isDeployment(object)) return deploymentFacts(object, was, before.stage, after.stage, names);
    if (isService(object)) return was === undefined ? ['selects canary pods'] : fieldFacts(was, object);
    if (object.kind === 'NetworkPolicy') return was === undefined ? ['for canary pods'] : fieldFacts(was, object);
    return [...route(bases.get(object) ?? object)];
  };
  return [
    ...after.objects.flatMap((object) => {
      const was = old.get(objectKey(object));
      if (was === undefined) return [change('created', object, facts(object))];
      return sameJson(was, object) ? [] : [change('changed', object, facts(object, was))];
    }),
    ...before.objects.filter((object) => !left.has(objectKey(object))).map((object) => change('deleted', object, [])),
  ];
}

/** Objects of ours follow the one of the user's that they derive from. */
function basesOfOurs(objects: readonly Manifest[]): Map<Manifest, Manifest> {
  const bases = new Map<Manifest, Manifest>();
  let base: Manifest | undefined;
  for (const object of objects) {
    if (!isOurs(object)) base = object;
    else if (base) bases.set(object, base);
  }
  return bases;
}

function change(verb: Change['verb'], { kind, metadata: { name = '', namespace } }: Manifest, facts: string[]): Change {
  return { verb, kind, name, ...(namespace !== undefined && { namespace }), facts };
}

function deploymentFacts(
  object: Manifest,
  was: Manifest | undefined,
  before: Stage,
  after: Stage,
  names: RevisionNames,
): string[] {
  const { replicas, paused } = object.spec as { replicas?: number; paused?: boolean };
  if (was === undefined) return [`${replicas} x ${names.target}`];
  const old = was.spec as { replicas?: number; paused?: boolean };
  const revision = (stage: Stage) => (stage.stable === 'target' ? names.target : names.stable);
  const moved = !isOurs(object) && revision(before) !== revision(after);
  return [
    ...(moved ? [`${revision(before)} -> ${revision(after)}`] : []),
    ...(paused === old.paused ? [] : [paused ? 'paused' : 'not paused']),
    ...(replicas === old.replicas ? [] : [`replicas ${old.replicas} -> ${replicas}`]),
    ...fieldFacts(was, object).filter((field) => field !== 'paused' && field !== 'replicas'),
  ];
}

/** Names of the fields that differ, without their values. */
function fieldFacts(was: Manifest, is: Manifest): string[] {
  // Entries of a list have no name of their own: `image`, not `0`.
  const names = changedPaths(was, is).flatMap((path) => path.filter((key) => typeof key === 'string').slice(-1));
  const fields = [...new Set(names)];
  const more = fields.length - MOST_FIELDS;
  return more > 0 ? [...fields.slice(0, MOST_FIELDS), `${more} more fields`] : fields;
}
