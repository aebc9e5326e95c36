import { type Gateway, type GatewayKind, isOurKind, routeKinds } from '../lib/core';
import { gateways } from '../lib/gateways';

/** Rules of deploy/rbac.yaml for the kinds of all gateways, as YAML: one for each API group and what is done there. */
export function routeRules(registry: readonly Gateway[] = Object.values(gateways)): string {
  const rules = new Map<string, GatewayKind[]>();
  for (const kind of routeKinds(registry)) {
    const key = `${kind.group} ${verbsOf(kind, registry).join()}`;
    rules.set(key, [...(rules.get(key) ?? []), kind]);
  }
  return [...rules.values()].map((alike) => rule(alike, registry)).join('');
}

/** What the engine does with objects of a kind. */
function verbsOf(kind: GatewayKind, registry: readonly Gateway[]): string[] {
  const telling = registry.some((gateway) => gateway.takenUp && gateway.kinds.includes(kind));
  return [
    'get',
    'list',
    ...(telling ? ['watch'] : []),
    ...(isOurKind(kind) ? ['create'] : []),
    ...(kind.changed ? ['update'] : []),
    'patch',
    ...(isOurKind(kind) ? ['delete'] : []),
  ];
}

function rule(kinds: readonly GatewayKind[], registry: readonly Gateway[]): string {
  const [{ group }] = kinds as [GatewayKind];
  return [
    `  - apiGroups: [${group === '' ? "''" : group}]\n`,
    `    resources: [${kinds.map(({ plural }) => plural).join(', ')}]\n`,
    `    verbs: [${verbsOf(kinds[0]!, registry).join(', ')}]\n`,
  ].join('');
}
