import { type Check, checks, groupOf, pluralOf } from '../lib/core';

/** Rules of deploy/rbac.yaml for what is looked at around a release, as YAML: one for each API group. */
export function aroundRules(where?: Check['where']): string {
  const looking = checks.filter((check) => where === undefined || check.where === where);
  const groups = new Map<string, Set<string>>();
  for (const kind of looking.flatMap(({ objects = [] }) => objects)) {
    const group = groupOf(kind.apiVersion);
    groups.set(group, (groups.get(group) ?? new Set()).add(pluralOf(kind.kind.toLowerCase())));
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([group, plurals]) =>
        `  - apiGroups: [${group || "''"}]\n    resources: [${[...plurals].sort().join(', ')}]\n    verbs: [list]\n`,
    )
    .join('');
}
