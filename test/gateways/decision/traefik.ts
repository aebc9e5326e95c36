/**
 * Traefik v3 (github.com/traefik/traefik/v3 v3.7.13; pkg/provider/kubernetes/crd/kubernetes_http.go makes a router of each
 * route of an IngressRoute):
 * - The matching router of the highest priority decides (pkg/muxer/http/mux.go): unless set, or 0, the length of its rule
 *   in bytes. Routers compete on one entry point, with TLS or without (pkg/config/runtime/runtime_http.go).
 * - Rules are expressions of Go with &&, || and ! (pkg/rules/parser.go). PathPrefix is one of characters, expressions are
 *   searched, names of headers have no case, `*` stands for the first label of a host (pkg/muxer/http/matcher.go).
 * - Several services by weight, 1 unless set; without a positive one none (pkg/server/service/loadbalancer/wrr/wrr.go).
 *   In such a list an entry of a Service and port has the options of the last one (addToConfig in kubernetes.go).
 * - customRequestHeaders set a header, or take it off by an empty value (pkg/middlewares/headers/header.go).
 */
import type { Manifest } from '../../../lib/core';
import { headersOf, type Model, modify, type Outcome, type Request } from './traffic';

interface Router {
  readonly match: string;
  readonly priority?: number;
  readonly services?: readonly Entry[];
  readonly middlewares?: readonly { readonly name: string }[];
  readonly [field: string]: unknown;
}
interface Entry {
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
  readonly [field: string]: unknown;
}
interface Spec {
  readonly entryPoints?: readonly string[];
  readonly tls?: unknown;
  readonly routes: readonly Router[];
}

interface TraefikService {
  readonly weighted?: { readonly services: readonly Entry[]; readonly sticky?: unknown };
  readonly highestRandomWeight?: { readonly services: readonly Entry[]; readonly sticky?: unknown };
  readonly mirroring?: Entry;
  /** Followed to its first service only. */
  readonly failover?: { readonly service: Entry };
}
interface Reached {
  readonly to: string;
  readonly share: number;
  readonly way: readonly unknown[];
}

/** Half of the clients come with TLS. */
export const traefik: Model = (objects, request) => [
  ...outcomes(objects, request, 'web', false),
  ...outcomes(objects, request, 'websecure', true),
];

function outcomes(objects: readonly Manifest[], request: Request, entryPoint: string, tls: boolean): Outcome[] {
  const specs = objects.filter(({ kind }) => kind === 'IngressRoute').map(({ spec }) => spec as Spec);
  const [first] = specs
    .filter((spec) => (spec.entryPoints ?? [entryPoint]).includes(entryPoint) && (spec.tls !== undefined) === tls)
    .flatMap(({ routes }) => routes)
    .filter(({ match }) => new Rule(match, request).holds())
    .sort((a, b) => rank(b) - rank(a));
  if (first === undefined) return [];
  const { services = [], middlewares = [], match: _, priority: __, ...others } = first;
  const names = middlewares.map(({ name }) => name);
  const headers = names.reduce((before, name) => change(before, name, objects), headersOf(request));
  const unknown = names.filter((name) => headersIn(name, objects) === undefined);
  const lists = [...specs.flatMap(({ routes }) => routes.map((one) => one.services ?? [])), ...listsIn(objects)];
  const entries = lists.filter(({ length }) => length > 1).flat();
  return divided(services, objects, entries).map(({ to, share, way }) => ({
    to,
    share: share / 2,
    headers,
    treatment: { ...others, middlewares: unknown, way },
  }));
}

/** Where the requests of a list end up, and what is done to them on the way. */
function divided(list: readonly Entry[], objects: readonly Manifest[], inLists: readonly Entry[]): Reached[] {
  const weights = list.map(({ weight = 1 }) => (list.length === 1 ? 1 : Math.max(weight, 0)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return list.flatMap((entry, i) => {
    const options = optionsOf(list.length === 1 ? entry : inLists.filter(isSame(entry)).at(-1)!);
    const found = entry.kind === 'TraefikService' && specOf(entry.name, objects);
    const on = found ? followed(found, objects, inLists) : [{ to: entry.name, share: 1, way: [options] }];
    return on.map((one) => ({ ...one, share: (one.share * weights[i]!) / total }));
  });
}

function followed(spec: TraefikService, objects: readonly Manifest[], inLists: readonly Entry[]): Reached[] {
  const { weighted, highestRandomWeight, mirroring, failover } = spec;
  const list = (weighted ?? highestRandomWeight)?.services ?? [mirroring ?? failover!.service];
  const way = { sticky: weighted?.sticky, mirrors: mirroring?.mirrors, failover: failover !== undefined };
  return divided(list, objects, inLists).map((one) => ({ ...one, way: [way, ...one.way] }));
}

function specOf(name: string, objects: readonly Manifest[]): TraefikService | undefined {
  return objects.find(({ kind, metadata }) => kind === 'TraefikService' && metadata.name === name)
    ?.spec as TraefikService;
}

function listsIn(objects: readonly Manifest[]): (readonly Entry[])[] {
  const specs = objects.filter(({ kind }) => kind === 'TraefikService').map(({ spec }) => spec as TraefikService);
  return specs.map(({ weighted, highestRandomWeight }) => (weighted ?? highestRandomWeight)?.services ?? []);
}

function rank({ match, priority }: Router): number {
  return priority || Buffer.byteLength(match);
}

function isSame({ name, port }: Entry) {
  return (other: Entry) => other.name === name && other.port === port;
}

function optionsOf({ name: _, kind: __, namespace: ___, weight: ____, ...options }: Entry) {
  return options;
}

function headersIn(name: string, objects: readonly Manifest[]): Record<string, string> | undefined {
  const found = objects.find(({ kind, metadata }) => kind === 'Middleware' && metadata.name === name);
  return (found?.spec as { headers: { customRequestHeaders: Record<string, string> } } | undefined)?.headers
    .customRequestHeaders;
}

function change(before: Record<string, string>, name: string, objects: readonly Manifest[]): Record<string, string> {
  const entries = Object.entries(headersIn(name, objects) ?? {});
  return modify(before, {
    set: entries.filter(([, value]) => value !== '').map(([header, value]) => ({ name: header, value })),
    remove: entries.filter(([, value]) => value === '').map(([header]) => header),
  });
}

/** A rule, read and answered from left to right. */
class Rule {
  private readonly tokens: string[];

  constructor(
    rule: string,
    private readonly request: Request,
  ) {
    this.tokens = rule.match(/`[^`]*`|"(?:[^"\\]|\\.)*"|&&|\|\||[!(),]|[A-Za-z]+/g) ?? [];
  }

  holds(): boolean {
    const result = this.either();
    if (this.tokens.length > 0) throw new Error(`not a rule from here on: ${this.tokens.join(' ')}`);
    return result;
  }

  private either(): boolean {
    let result = this.every();
    while (this.take('||')) result = this.every() || result;
    return result;
  }

  private every(): boolean {
    let result = this.one();
    while (this.take('&&')) result = this.one() && result;
    return result;
  }

  private one(): boolean {
    if (this.take('!')) return !this.one();
    if (this.take('(')) return this.closed(this.either());
    const name = this.tokens.shift()!;
    this.tokens.shift();
    const values = [this.value()];
    while (this.take(',')) values.push(this.value());
    return this.closed(matchers[name]!(this.request, values[0]!, values[1]!));
  }

  private closed(result: boolean): boolean {
    if (!this.take(')')) throw new Error(') is missing');
    return result;
  }

  private value(): string {
    const text = this.tokens.shift()!;
    return text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string);
  }

  private take(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }
}

const matchers: Record<string, (request: Request, first: string, second: string) => boolean> = {
  Host: ({ host }, expression) =>
    expression === '*' ||
    host === expression ||
    (expression.startsWith('*') && host.replace(/^[^.]*/, '*') === expression),
  HostRegexp: ({ host }, expression) => new RegExp(expression).test(host),
  Method: ({ method }, expected) => method === expected,
  Path: ({ path }, expected) => path === expected,
  PathPrefix: ({ path }, prefix) => path.startsWith(prefix),
  PathRegexp: ({ path }, expression) => new RegExp(expression).test(path),
  Header: (request, name, value) => headersOf(request)[name.toLowerCase()] === value,
  HeaderRegexp: (request, name, expression) => searched(headersOf(request)[name.toLowerCase()], expression),
  Query: ({ query }, name, value) => query[name] === value,
  QueryRegexp: ({ query }, name, expression) => searched(query[name], expression),
};

function searched(given: string | undefined, expression: string): boolean {
  return given !== undefined && new RegExp(expression).test(given);
}
