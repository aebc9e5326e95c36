import { bare, type LaneSpec, type Manifest, type RolloutSpec } from '../../core';
import { type Searched, searchedExpressions } from '../../kruise';
import type { InputDeclarations } from '../input/declarations';
import { Commented, quoted } from './typescript';

const RESERVED =
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await async of arguments eval'.split(
    ' ',
  );

/** What a program needs of the input: the parts, and which names stand for which. */
export interface Program {
  readonly declared: InputDeclarations;
  /** Names of variables. */
  readonly taken: Set<string>;
  /** Names of constructs or resources. */
  readonly ids: Set<string>;
  readonly imports: Map<string, Set<string>>;
  /** Variables of lanes. */
  readonly lanes: Map<string, string>;
}

/** @param own names that the program itself uses */
export function programFor(declared: InputDeclarations, own: readonly string[]): Program {
  return { declared, taken: new Set([...own, ...RESERVED]), ids: new Set(), imports: new Map(), lanes: new Map() };
}

/** Imports a name. */
export function need({ imports }: Program, from: string, name: string): void {
  imports.set(from, new Set([...(imports.get(from) ?? []), name]));
}

export function writeImports({ imports }: Program): string[] {
  return [...imports].map(([from, names]) => `import { ${[...names].sort().join(', ')} } from ${quoted(from)};`);
}

/** An id of its own, among those of a scope. */
export function id(wanted: string, { ids }: Program, scope = ''): string {
  let free = wanted;
  for (let i = 2; ids.has(`${scope}/${free}`); i++) free = `${wanted}-${i}`;
  ids.add(`${scope}/${free}`);
  return free;
}

export function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** Notes that kubectl and controllers leave on live objects. */
const NOTES = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];

/** An object as its owner declared it, though it may come from a cluster. */
export function asDeclared(object: Manifest): Manifest {
  const { metadata, ...rest } = bare(object);
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOTES.includes(key));
  const { annotations: _, ...others } = metadata;
  return {
    ...rest,
    metadata: { ...others, ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }) },
  };
}

/** The steps of a rollout. Beside matches Kruise ignores the traffic, and graylane does not: the program says what Kruise did. */
export function stepFields(spec: RolloutSpec, { declared }: Program): object[] {
  const searched = searchedExpressions(declared.rollouts.get(spec)!.object);
  return spec.steps.map(({ traffic, matches, ...step }, i) => {
    const expressions = searched.filter(({ path }) => path.includes(`.steps[${i}].`)).map(searchComment);
    if (traffic === undefined || !matches?.length)
      return { ...step, traffic, matches: commented(expressions, matches) };
    const ignored = `Kruise ignored the traffic of ${traffic} beside these matches.`;
    return { ...step, matches: commented([ignored, ...expressions], matches) };
  });
}

/** The route of a lane; beside matches Kruise ignores the weight as well. */
export function routeFields(lane: LaneSpec, { declared }: Program): object {
  const { matches, weight, requestHeaderModifier, tag } = lane;
  const expressions = searchedExpressions(declared.lanes.get(lane)!.object).map(searchComment);
  if (weight === undefined || !matches?.length)
    return { matches: commented(expressions, matches), weight, requestHeaderModifier, tag };
  const ignored = `Kruise ignored the weight of ${weight} beside these matches.`;
  return { matches: commented([ignored, ...expressions], matches), requestHeaderModifier, tag };
}

function searchComment({ given, whole }: Searched): string {
  return `Kruise's gateway searches for ${quoted(given)} anywhere in the value: ${quoted(whole)} takes the same values as a whole.`;
}

function commented(comments: readonly string[], value: unknown): unknown {
  return comments.length > 0 ? new Commented(comments.join(' '), value) : value;
}
