import { defined, type HeaderModifier, type HeaderValue, type StringMap } from '../core';

/** The header-control annotations that MSE and Higress share, under the prefix of each. */
const KEYS = {
  set: 'request-header-control-update',
  add: 'request-header-control-add',
  remove: 'request-header-control-remove',
};

/** Annotations for the modifier. What the base says of headers stays and comes first: of duplicates the last one wins. */
export function writeHeaderControl(prefix: string, modifier: HeaderModifier | undefined, base: StringMap): StringMap {
  const { set = [], add = [], remove = [] } = modifier ?? {};
  const after = (key: string, separator: string, own: string[]) =>
    own.length === 0 ? undefined : [...(base[prefix + key] ? [base[prefix + key]!] : []), ...own].join(separator);
  return defined({
    [prefix + KEYS.set]: after(KEYS.set, '\n', set.map(line)),
    [prefix + KEYS.add]: after(KEYS.add, '\n', add.map(line)),
    [prefix + KEYS.remove]: after(KEYS.remove, ',', [...remove]),
  }) as StringMap;
}

/** What the annotations change beyond what the base's do. */
export function readHeaderControl(prefix: string, annotations: StringMap, base: StringMap): HeaderModifier | undefined {
  const own = (key: string, separator: string) => {
    const text = annotations[prefix + key] ?? '';
    const before = base[prefix + key];
    const added = before === undefined ? text : text.slice(before.length + separator.length);
    return added === '' ? undefined : added.split(separator);
  };
  const modifier = defined({
    set: own(KEYS.set, '\n')?.map(parseLine),
    add: own(KEYS.add, '\n')?.map(parseLine),
    remove: own(KEYS.remove, ','),
  });
  return Object.keys(modifier).length > 0 ? modifier : undefined;
}

/** `name value`, one on a line: the value goes to the end of it. */
function line({ name, value }: HeaderValue): string {
  return `${name} ${value}`;
}

function parseLine(text: string): HeaderValue {
  const space = text.indexOf(' ');
  return { name: text.slice(0, space), value: text.slice(space + 1) };
}
