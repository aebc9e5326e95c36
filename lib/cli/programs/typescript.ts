/** Source text as prettier leaves it with its own defaults: 80 columns, two spaces, double quotes. */
const WIDTH = 80;
const INDENT = '  ';
/** After a key of so few characters a line break would win too little. */
const SHORT_KEY = 4;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Source text that stands for itself inside a literal: a variable. */
export class Code {
  constructor(readonly text: string) {}
}

/** A value with a comment above it, where it is a field. */
export class Commented {
  constructor(
    readonly comment: string,
    readonly value: unknown,
  ) {}
}

/**
 * A JSON value as a literal.
 * @param indent depth of the line on which it begins
 * @param column where on that line it begins
 * @param after how many characters follow it on its line
 */
export function literal(value: unknown, indent: string, column: number, after: number): string {
  if (value instanceof Code) return value.text;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? list(value, indent, column, after) : object(value, indent);
}

/**
 * `start(args, {...});` or `start(args, {...}, {...});`
 * @param start with nothing before a constructor but, where the value gets a name, `const NAME = `
 */
export function construction(start: string, args: readonly string[], ...objects: readonly object[]): string {
  const [name, constructor = ''] = start.split(' = ');
  if (constructor === '' || `${start}(`.length <= WIDTH) return call(start, args, objects, '');
  return `${name} =\n${INDENT}${call(constructor, args, objects, INDENT)}`;
}

/** The last object stays on the line of the call, if it is the only one and its line has room. */
function call(start: string, args: readonly string[], objects: readonly object[], indent: string): string {
  const joined = `${indent}${start}(${args.join(', ')}, {`;
  if (objects.length === 1 && joined.length <= WIDTH) {
    return `${start}(${args.join(', ')}, ${object(objects[0]!, indent)});`;
  }
  const inner = indent + INDENT;
  const lines = [...args, ...objects.map((fields) => object(fields, inner))].map((line) => `${inner}${line},\n`);
  return `${start}(\n${lines.join('')}${indent});`;
}

/** A string in the quotes that need fewer escapes. */
export function quoted(text: string): string {
  const json = JSON.stringify(text);
  const [double, single] = [text.split('"').length, text.split("'").length];
  return double > single ? `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'` : json;
}

/** A variable for a name, unlike those that are taken; it becomes taken. */
export function variable(name: string, taken: Set<string>): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const camel = words.map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  const base = /^[A-Za-z]/.test(camel) ? camel : `_${camel}`;
  let free = base;
  for (let i = 2; taken.has(free); i++) free = `${base}${i}`;
  taken.add(free);
  return free;
}

/** An object is never joined into one line: prettier leaves it as it is written, and a diff shows single fields. */
function object(value: object, indent: string): string {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (fields.length === 0) return '{}';
  const inner = indent + INDENT;
  const lines = fields.flatMap(([key, field]) => {
    const { comment, value } = field instanceof Commented ? field : { comment: undefined, value: field as unknown };
    const name = key === '__proto__' ? '["__proto__"]' : IDENTIFIER.test(key) ? key : quoted(key);
    const start = `${inner}${name}:`;
    const text = literal(value, inner, start.length + 1, 1);
    const breaks = typeof value === 'string' && name.length > SHORT_KEY && start.length + 2 + text.length > WIDTH;
    return [
      ...(comment === undefined ? [] : [`${inner}// ${comment}`]),
      breaks ? `${start}\n${inner}${INDENT}${text},` : `${start} ${text},`,
    ];
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** A list stands in one line if it fits and holds no object with fields. */
function list(value: readonly unknown[], indent: string, column: number, after: number): string {
  const inner = indent + INDENT;
  const items = value.map((item) => literal(item, inner, inner.length, 1));
  const joined = `[${items.join(', ')}]`;
  const fits = column + joined.length + after <= WIDTH && !items.some((item) => item.includes('\n'));
  if (fits && !spread(value)) return joined;
  if (value.every((item) => typeof item === 'number') && value.length > 1) return filled(items, indent);
  return `[\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}]`;
}

/** Lists of several lists or objects, each with several entries, are always broken. */
function spread(value: readonly unknown[]): boolean {
  const sized = value.map((item) => (typeof item === 'object' && item !== null ? Object.keys(item).length : 0));
  const kinds = new Set(value.map((item) => (Array.isArray(item) ? 'list' : typeof item)));
  return value.length > 1 && kinds.size === 1 && !kinds.has('string') && sized.every((size) => size > 1);
}

/** Numbers fill their lines. */
function filled(items: readonly string[], indent: string): string {
  const inner = indent + INDENT;
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && `${inner}${last} ${item},`.length <= WIDTH) lines[lines.length - 1] = `${last} ${item},`;
    else lines.push(`${item},`);
  }
  return `[\n${lines.map((line) => `${inner}${line}\n`).join('')}${indent}]`;
}
