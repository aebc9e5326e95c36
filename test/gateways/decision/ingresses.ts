/** What controllers of Ingresses have in common: hosts, then paths, then the default backend. */
import type { Manifest } from '../../../lib/core';
import type { Request } from './traffic';

export interface Entry {
  readonly ingress: Manifest;
  readonly annotations: Readonly<Record<string, string>>;
  readonly host: string;
  readonly path: string;
  readonly pathType: string;
  readonly service: string;
}

interface IngressSpec {
  readonly defaultBackend?: { readonly service: { readonly name: string } };
  readonly rules?: readonly {
    readonly host?: string;
    readonly http: {
      readonly paths: readonly { path: string; pathType: string; backend: { service: { name: string } } }[];
    };
  }[];
}

const ANY = '*';
const DEFAULT = 'Default';

export function entriesOf(objects: readonly Manifest[]): Entry[] {
  return objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap((ingress) => {
      const spec = ingress.spec as IngressSpec;
      const annotations = ingress.metadata.annotations ?? {};
      const paths = (spec.rules ?? []).flatMap(({ host = ANY, http }) =>
        http.paths.map(({ path, pathType, backend }) => ({ host, path, pathType, service: backend.service.name })),
      );
      const byDefault = spec.defaultBackend
        ? [{ host: ANY, path: '', pathType: DEFAULT, service: spec.defaultBackend.service.name }]
        : [];
      return [...paths, ...byDefault].map((entry) => ({ ...entry, ingress, annotations }));
    });
}

/**
 * Entries of the one host and path that a request falls under: the host itself, then the longest wildcard, then rules
 * without a host; the exact path, then the longest prefix (Kubernetes API, Ingress v1).
 */
export function entriesFor(entries: readonly Entry[], request: Request): Entry[] {
  const rules = entries.filter(({ pathType }) => pathType !== DEFAULT);
  const hosts = [...new Set(rules.map(({ host }) => host))].filter((host) => hostFits(host, request.host));
  const [host] = hosts.sort((a, b) => specific(b) - specific(a));
  const inHost = rules.filter((entry) => entry.host === host && pathFits(entry, request.path)).sort(bySpecificPath);
  const [first] = inHost;
  if (first === undefined) return entries.filter(({ pathType }) => pathType === DEFAULT);
  return inHost.filter(({ path, pathType }) => path === first.path && pathType === first.pathType);
}

export function hostFits(host: string, given: string): boolean {
  if (host === ANY || host === given) return true;
  // A wildcard stands for one label.
  return host.startsWith('*.') && given.slice(given.indexOf('.')) === host.slice(1);
}

/** Prefix is by path elements; ImplementationSpecific is a prefix of characters here, as nginx reads a location. */
export function pathFits({ path, pathType }: Pick<Entry, 'path' | 'pathType'>, given: string): boolean {
  if (pathType === DEFAULT) return true;
  if (pathType === 'Exact') return given === path;
  if (pathType === 'ImplementationSpecific') return given.startsWith(path);
  return given === path || given.startsWith(path.endsWith('/') ? path : `${path}/`);
}

const PATH_TYPES = [DEFAULT, 'ImplementationSpecific', 'Prefix', 'Exact'];

export function bySpecificPath(a: Entry, b: Entry): number {
  const exact = Number(b.pathType === 'Exact') - Number(a.pathType === 'Exact');
  return exact || b.path.length - a.path.length || PATH_TYPES.indexOf(b.pathType) - PATH_TYPES.indexOf(a.pathType);
}

export function specific(host: string): number {
  if (host === ANY) return 0;
  return host.startsWith('*.') ? host.length : 1000 + host.length;
}

/** Services of other names with the same pods. */
export function samePods(objects: readonly Manifest[], name: string): string {
  const services = objects.filter(({ kind }) => kind === 'Service');
  const selector = (service: Manifest) => JSON.stringify((service.spec as { selector: unknown }).selector);
  const own = services.find(({ metadata }) => metadata.name === name);
  if (own === undefined) return name;
  return services.find((other) => selector(other) === selector(own))!.metadata.name!;
}
