import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter } from 'yaml';

/** The document of a file. */
export interface Origin {
  readonly file: string;
  readonly document: Pick<Document, 'contents'>;
  readonly lines: LineCounter;
}

/** `file:line` of a document, or of the deepest field on the path (`spec.steps[0].replicas`) that is there. */
export function lineOf({ file, document, lines }: Origin, path = ''): string {
  const { offset } = descend(document, path);
  return `${file}:${lines.linePos(offset).line}`;
}

/** How many fields of the path are there. */
export function depth({ document }: Origin, path: string): number {
  return descend(document, path).depth;
}

function descend({ contents }: Pick<Document, 'contents'>, path: string): { offset: number; depth: number } {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  let depth = 0;
  for (const key of keysOf(path)) {
    const [next, at] = child(node, key);
    if (at === undefined) break;
    node = next;
    offset = at;
    depth += 1;
  }
  return { offset, depth };
}

/** The value under a key, and where the key stands. */
function child(node: unknown, key: string | number): [unknown, number | undefined] {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
    );
    return [pair?.value, (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0]];
  }
  const item = isSeq(node) ? node.items[Number(key)] : undefined;
  return [item, (item as { range?: [number, number, number] } | undefined)?.range?.[0]];
}

function keysOf(path: string): (string | number)[] {
  return [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? (index === undefined ? name! : Number(index)),
  );
}
