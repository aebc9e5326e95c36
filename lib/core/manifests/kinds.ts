import { groupOf, type Manifest } from './manifest';

/** What an object is, whatever version it is written in. */
type Kind = Pick<Manifest, 'apiVersion' | 'kind'>;

/** Groups that an API server has by itself. */
const BUILT_IN = /^([a-z]*|[a-z]+(\.authorization|\.apiserver)?\.k8s\.io)$/;

/** Whether a kind was added to Kubernetes by somebody. */
export function isCustom(apiVersion: string): boolean {
  return !BUILT_IN.test(groupOf(apiVersion));
}

/** Whether both are of one kind, in whatever versions. */
export function isSameKind(a: Kind, b: Kind): boolean {
  return a.kind === b.kind && groupOf(a.apiVersion) === groupOf(b.apiVersion);
}

/** Equal for two of one kind, in whatever versions. */
export function kindKey({ apiVersion, kind }: Kind): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

/** `Ingresses`, `networkpolicies`: as English has it, and all kinds that we speak of do. */
export function pluralOf(kind: string): string {
  if (kind.endsWith('ss')) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}
