/** How an entry of a list of weighted targets is read and written. */
export interface Targets<T> {
  /** Whether it leads to the Service whose requests are divided. */
  readonly leads: (entry: T) => boolean;
  readonly weightOf: (entry: T) => number;
  /** The same entry, with the canary as its target. */
  readonly toCanary: (entry: T) => T;
}

/** The list with a share in percent for the canary: each entry of the Service becomes two; all others keep their share. */
export function divide<T>(list: readonly T[], share: number, { leads, weightOf, toCanary }: Targets<T>): readonly T[] {
  const divided = list.filter(leads);
  if (divided.length === 0) return list;
  // Parts must be whole: all weights grow by what that takes.
  const scale = divided.every((entry) => (weightOf(entry) * share) % 100 === 0) ? 1 : 100;
  return list.flatMap((entry) => {
    const weight = weightOf(entry) * scale;
    if (!leads(entry)) return [{ ...entry, weight }];
    const part = (weight * share) / 100;
    return [
      { ...entry, weight: weight - part },
      { ...toCanary(entry), weight: part },
    ];
  });
}

/** The list without the canary's entries: their weights go back to the entries of the Service that they follow. */
export function undivide<T>(
  list: readonly T[],
  { leads, weightOf }: Pick<Targets<T>, 'leads' | 'weightOf'>,
  isCanary: (entry: T) => boolean,
): readonly T[] {
  const merged: T[] = [];
  for (let i = 0; i < list.length; i++) {
    const [entry, next] = [list[i]!, list[i + 1]];
    const parted = leads(entry) && next !== undefined && isCanary(next);
    merged.push(parted ? { ...entry, weight: weightOf(entry) + weightOf(next) } : entry);
    if (parted) i++;
  }
  return merged.length === list.length ? list : merged;
}
