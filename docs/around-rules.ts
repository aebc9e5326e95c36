import { type Check, checks, groupOf, type ObjectKind, pluralOf } from '../lib/core';

/** Rules of deploy/rbac.yaml for what is looked at around a release, as YAML: one for each API group and verb. */
export function aroundRules(where?: Check['where']): string {
  const looking = checks.filter((check) => where === undefined || check.where === where);
  const rules = new Map<string, Set<string>>();
  for (const kind of looking.flatMap(({ objects = [] }) => objects)) {
    const rule = [groupOf(kind.apiVersion), verbOf(kind)].join();
    rules.set(rule, (rules.get(rule) ?? new Set()).add(pluralOf(kind.kind.toLowerCase())));
  }
  return [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, plurals]) => {
      const [group, verb] = rule.split(',');
      return `  - apiGroups: [${group || "''"}]\n    resources: [${[...plurals].sort().join(', ')}]\n    verbs: [${verb}]\n`;
    })
    .join('');
}

/** A role of a namespace may let somebody get that one, and no other. */
function verbOf({ kind }: ObjectKind): 'get' | 'list' {
  return kind === 'Namespace' ? 'get' : 'list';
}
