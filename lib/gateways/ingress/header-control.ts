import { defined, type HeaderModifier, type HeaderValue, type StringMap } from '../../core';

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

/** `name value`, one on a line: the value goes to the end of it. */
function line({ name, value }: HeaderValue): string {
  return `${name} ${value}`;
}
