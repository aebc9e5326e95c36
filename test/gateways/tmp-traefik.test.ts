import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overlapOf } from '../../lib/core';
import { traefik as real } from '../../lib/gateways/traefik';
import { traefik as model } from './decision/traefik';
import { bases, NEIGHBOUR, neighbour, possibleRoutes, SERVICE, service } from './fixtures';
import { routed, told } from './decision/traffic';

const flat: any = {
  name: 'traefik', bases: ['IngressRoute'],
  supports: { headers: ['Exact','RegularExpression'], headersPerMatch: 16, queryParams: ['Exact','RegularExpression'], queryParamsPerMatch: 16, cookies: ['Exact'], cookiesPerMatch: 16, paths: ['Exact','PathPrefix','RegularExpression'], mixedConditions: true, matches: 16, weight: true, weightWithMatches: true, requestHeaders: ['set','remove'], expressions: 'RE2', routesToStable: true, warmUp: false, routesPerBase: 16, backendService: 'ClusterIP' },
};
const services = [service(SERVICE), service(NEIGHBOUR)];
const values = fc.constantFrom('foo', 'always', 'never', 'v1', 'v12', 'a', 'a|b', '1.2.3', '1x2x3', 'beta', 'a, b');
const some = (names: string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 2 });
const anyRequest: any = fc.record({
  host: fc.constantFrom('shop.example.com', 'api.example.com', 'www.example.com', 'shop.example.org', 'other.io'),
  path: fc.constantFrom('/', '/orders', '/orders/1', '/orders/new', '/orders/new/1', '/ordersx', '/basket', '/basket/1'),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.tuple(some(['user-agent', 'x-user', 'x-region', 'x-old']), fc.constantFrom<Record<string, string>>({}, { 'x-tenant': 'one' })).map(([a, b]) => ({ ...a, ...b })),
  query: fc.tuple(some(['User-Agent', 'x-user', 'x-region']), fc.constantFrom<Record<string, string>>({}, { debug: '1' })).map(([a, b]) => ({ ...a, ...b })),
  cookies: some(['User-Agent', 'x-user', 'x-region']),
});
import { appendFileSync } from 'node:fs';
test('dump', () => {
  fc.assert(fc.property(bases(flat), possibleRoutes(flat), fc.array(anyRequest, { minLength: 20, maxLength: 20 }), (base, list, requests: any) => {
    const routes = list.map((r) => (r.weight !== undefined ? { ...r, requestHeaderModifier: undefined } : r)) as any[];
    const around = { services, bases: [], others: [neighbour(base)] };
    const all = [neighbour(base), ...real.write(base, routes, around)].filter((o) => o.kind === 'IngressRoute').flatMap((o: any) => o.spec.routes);
    const routers = all.map((one: any, i: number) => ({ match: one.match, priority: one.priority ?? 0, services: [{ name: `s${i}`, port: 1 }] }));
    const prio = (r: any) => r.priority || Buffer.byteLength(r.match);
    // the first of equal ones decides in the model; the real one sorts in an unstable way
    const uniq = routers.filter((r: any, i: number) => routers.findIndex((x: any) => prio(x) === prio(r)) === i);
    const m: any = routes.flatMap((r) => r.matches ?? []).find((x: any) => x.headers?.length || x.cookies?.length || x.queryParams?.length);
    const conv = (l: any[] = [], f = (x: string) => x) => Object.fromEntries(l.map((h) => [f(h.name), h.type === 'RegularExpression' ? 'v1' : h.value]));
    const reqs = requests.flatMap((q: any) => [q, m ? { ...q, headers: { ...q.headers, ...conv(m.headers, (x) => x.toLowerCase()) }, query: { ...q.query, ...conv(m.queryParams) }, cookies: { ...q.cookies, ...conv(m.cookies) } } : q]);
    const expected = reqs.map((q: any) => { const o = model([{ apiVersion: 'x', kind: 'IngressRoute', metadata: {}, spec: { routes: uniq } } as any], q)[0]; return o ? uniq.findIndex((u: any) => u.services[0].name === o.to) : -1; });
    const go = reqs.map((q: any) => ({ Host: q.host, Path: q.path, Method: q.method, Query: q.query, Headers: { ...q.headers, ...(Object.keys(q.cookies).length && { cookie: Object.entries(q.cookies).map(([a, b]) => `${a}=${b}`).join('; ') }) } }));
    appendFileSync('/tmp/tfk/cases.jsonl', JSON.stringify({ Routers: uniq.map((u: any) => ({ Match: u.match, Priority: u.priority })), Requests: go, Expected: expected }) + '\n');
  }), { numRuns: 2000 });
});
test('law', () => {
  const n: Record<string, number> = { nowhere: 0, base: 0, canary: 0 };
  const refused: Record<string, number> = {};
  fc.assert(fc.property(bases(flat), possibleRoutes(flat), fc.array(anyRequest, { minLength: 10, maxLength: 10 }), (base, list, requests: any) => {
    const routes = list.map((r) => (r.weight !== undefined ? { ...r, requestHeaderModifier: undefined } : r)) as any[];
    fc.pre(routes.every((a, i) => routes.slice(i + 1).every((b) => !overlapOf(a, b))));
    const around = { services, bases: [], others: [neighbour(base)] };
    const problems = routes.flatMap((route) => real.checks!(base, route, around));
    for (const p of problems) refused[p.path] = (refused[p.path] ?? 0) + 1;
    fc.pre(problems.length === 0);
    const before = [base, neighbour(base), ...services];
    const [written, ...ours] = real.write(base, routes, around);
    const after = [written!, neighbour(base), ...services, ...ours];
    for (const request of requests) {
      const m: any = routes.flatMap((r) => r.matches ?? []).find((x: any) => x.headers?.length);
      const near = m ? { ...request, headers: { ...request.headers, ...Object.fromEntries(m.headers.map((h: any) => [h.name.toLowerCase(), h.type === 'RegularExpression' ? 'v1' : h.value])) }, ...(m.path && m.path.type !== 'RegularExpression' && { path: m.path.value }), query: {...request.query, ...Object.fromEntries((m.queryParams ?? []).map((h: any) => [h.name, h.type ==='RegularExpression' ? 'beta' : h.value]))} } : request;
      for (const one of [request, near]) {
        const expected = told(routed(model(before, one), routes, one));
        expect(told(model(after, one))).toEqual(expected);
        const same = JSON.stringify(expected) === JSON.stringify(told(model(before, one)));
        n[Object.keys(expected).length === 0 ? 'nowhere' : same ? 'base' : 'canary']! += 1;
      }
    }
  }), { numRuns: 2000 });
  console.log(n, refused);
});
