/** Pulumi shows no property whose name begins like this, and no change of one. */
const UNSHOWN = '__';

/** What changes with each run and is nothing that a user has declared or asks for; what it means is told in words. */
const names: readonly string[] = ['plan', 'plannedAt', 'warnings', 'approve', 'abort', 'again', 'direct', 'damage'];

/** Inputs or outputs as Pulumi keeps them. */
export function asKept(properties: object): object {
  return renamed(properties, (name) => (names.includes(name) ? UNSHOWN + name : name));
}

/** Inputs or outputs that Pulumi has kept; earlier versions have left them among what is shown. */
export function asKnown(properties: object): object {
  return renamed(properties, (name) => {
    const known = name.slice(UNSHOWN.length);
    return name.startsWith(UNSHOWN) && names.includes(known) ? known : name;
  });
}

function renamed(properties: object, nameOf: (name: string) => string): object {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [nameOf(name), value as unknown]));
}
