import type { Ingress } from './ingress';

/** One path of an Ingress: a region of requests, and where it leads. The default backend is all that nothing else takes. */
export interface IngressPath {
  readonly host?: string;
  readonly path: string;
  readonly pathType: string;
  readonly service?: string;
}

/** Each Ingress is compared with all others of an app. */
const known = new WeakMap<Ingress, readonly IngressPath[]>();

export function pathsOf(ingress: Ingress): readonly IngressPath[] {
  const paths = known.get(ingress) ?? pathsIn(ingress);
  known.set(ingress, paths);
  return paths;
}

function pathsIn({ spec }: Ingress): IngressPath[] {
  const paths = (spec.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map(({ path = '/', pathType, backend }) => ({
      ...(host !== undefined && { host }),
      path,
      pathType,
      ...(backend.service && { service: backend.service.name }),
    })),
  );
  const service = spec.defaultBackend?.service?.name;
  return spec.defaultBackend ? [...paths, { path: '/', pathType: 'Prefix', ...(service && { service }) }] : paths;
}

/** Whether a request can fall under both. */
export function intersect(a: IngressPath, b: IngressPath): boolean {
  return hostsIntersect(a.host, b.host) && (contains(a, b.path) || contains(b, a.path));
}

/** Whether `a` is tried before `b` within one Ingress: the more specific host, then the more specific path. */
export function precedes(a: IngressPath, b: IngressPath): boolean {
  const [ofA, ofB] = [hostRank(a.host), hostRank(b.host)];
  if (ofA !== ofB) return ofA > ofB;
  const exact = Number(a.pathType === 'Exact') - Number(b.pathType === 'Exact');
  return exact === 0 ? a.path.length > b.path.length : exact > 0;
}

function hostsIntersect(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  return isUnder(a, b) || isUnder(b, a);
}

function isUnder(host: string, wildcard: string): boolean {
  return wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1));
}

/** ImplementationSpecific may be a prefix of characters, or an expression: its literal beginning counts. */
function contains({ path, pathType }: IngressPath, other: string): boolean {
  if (pathType === 'Exact') return path === other;
  if (pathType === 'ImplementationSpecific') return other.startsWith(/^[\w./~-]*/.exec(path)![0]);
  return other === path || other.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function hostRank(host: string | undefined): number {
  if (host === undefined) return 0;
  return host.startsWith('*.') ? host.length : 1000 + host.length;
}
