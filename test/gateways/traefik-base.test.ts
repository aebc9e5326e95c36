/** What ours do beside other routes, and what Traefik leaves no room for. */
import { describe, expect, test } from 'vitest';
import { checkRoute, type Manifest, type Match, type Route, locationOf } from '../../lib/core';
import { traefik } from '../../lib/gateways/traefik';
import { alone } from './fixtures';
import { ingressRoute, traefikService } from './ingress-routes';

interface Router {
  readonly match: string;
  readonly priority?: number;
  readonly services: readonly { readonly name: string; readonly weight?: number }[];
}

const user: Match = { headers: [{ name: 'X-User', value: 'anna' }] };
const rollout: Route = { owner: { rollout: 'rollout-a' }, service: 'a', to: { service: 'a-canary' } };
const lane: Route = {
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [user],
  requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }], remove: ['x-old'] },
};
const shop = 'Host(`shop.example.com`)';
const a = { name: 'a', port: 80 };
const b = { name: 'b', port: 80 };
const plain = { match: shop, services: [a] };

function routers(base: Manifest, routes: Route[], others: Manifest[] = []): Router[] {
  const written = traefik.write(base, routes, { ...alone, others }).slice(1);
  return written
    .filter(({ kind }) => kind === 'IngressRoute')
    .flatMap(({ spec }) => (spec as { routes: Router[] }).routes);
}

function problems(base: Manifest, route: Route, others: Manifest[] = []) {
  return traefik.checks!(base, route, { ...alone, others }).map((one) => `${one.code} ${locationOf(one)}`);
}

describe('priorities', () => {
  const longer = { match: `${shop} && Path(\`/x\`)`, services: [b] };
  const matched = (base: Manifest, others: Manifest[] = []) => routers(base, [lane], others)[0]!;

  test('the length of a rule counts bytes, 0 is as none, and ours never is 0', () => {
    const priorities = (route: object) =>
      routers(ingressRoute([{ ...plain, ...route }]), [{ ...lane, requestHeaderModifier: {}, weight: 1 }]).map(
        (one) => one.priority,
      );
    expect(priorities({ match: 'Path(`/ä`)' })).toEqual([13, 12]);
    expect(priorities({ priority: 0 })).toEqual([shop.length + 2, shop.length + 1]);
    expect(priorities({ priority: 100 })).toEqual([102, 101]);
    expect(priorities({ priority: -1 })).toEqual([2, 1]);
    expect(priorities({ priority: -2 })).toEqual([1, -1]);
    expect(priorities({ priority: -3 })).toEqual([-1, -2]);
  });

  test('what came before the base, and would come behind ours, is left to where it went', () => {
    const near = { ...longer, priority: shop.length + 2 };
    const rule = `(${shop}) && Header(\`X-User\`, \`anna\`)`;
    expect(matched(ingressRoute([plain, near])).match).toBe(`${rule} && !(${longer.match})`);
    expect(matched(ingressRoute([plain, longer])).match).toBe(rule);
    expect(matched(ingressRoute([plain]), [ingressRoute([near], {}, { name: 'other' })]).match).toBe(
      `${rule} && !(${longer.match})`,
    );
    const [share] = routers(ingressRoute([plain, near]), [{ ...rollout, weight: 20 }]);
    expect(share!.match).toBe(shop);
  });

  test.each<[string, object, object]>([
    ['another entry point', { entryPoints: ['websecure'] }, { entryPoints: ['web'] }],
    ['without TLS', { tls: {} }, {}],
    ['another class', { ingressClassName: 'public' }, {}],
    ['below a parent', { parentRefs: [{ name: 'parent' }] }, {}],
  ])('routes that see other requests are no rivals: %s', (_, place, other) => {
    const others = [ingressRoute([{ ...plain, services: [b] }], other, { name: 'other' })];
    expect(problems(ingressRoute([plain], place), lane, others)).toEqual([]);
    expect(matched(ingressRoute([plain], place), others).match).not.toContain('!');
  });

  test.each([
    ['Host(`b.example.com`)  ', false],
    ['Host(`*.example.com`)  ', true],
    ['Host(`SHOP.example.com`)', true],
    ['Method(`GET`)           ', true],
  ])('R12 of two routes with one priority, where a request can fit both, either may win: %s', (match, refused) => {
    const others = [ingressRoute([{ match, priority: shop.length, services: [b] }], {}, { name: 'other' })];
    expect(problems(ingressRoute([plain]), lane, others)).toEqual(
      refused ? ['base-unsuitable spec.routes.priority'] : [],
    );
  });

  test.each([
    ['(Path(`/a`) || Path(`/b`))', 'PathPrefix(`/c`)', true],
    ['(Path(`/a`) || Path(`/cd`))', 'PathPrefix(`/c`)', false],
    ['!(Path(`/a`) || Path(`/b`))', 'path("/a")', true],
    ['!(Path(`/a`) && Method(`GET`))', 'Path(`/a`)', false],
    ['Header(`X-A`, `1`)', 'Header(`x-a`, `2`)', true],
    ['Query(`v`, `1`)', 'Query(`V`, `2`)', false],
    ['Method(`get`)', 'Method(`POST`)', true],
    ['PathPrefix(`/a`)', 'PathPrefix(`/ab`)', false],
    ['PathRegexp(`^/a`)', 'PathRegexp(`^/b`)', false],
    ['Path(`/a`', 'Path(`/b`)', false],
  ])('%s and %s are apart: %s', (one, other, apart) => {
    const routes = [
      { match: one, priority: 9, services: [a] },
      { match: other, priority: 9, services: [b] },
    ];
    expect(problems(ingressRoute(routes), lane)).toEqual(apart ? [] : ['base-unsuitable spec.routes.priority']);
  });

  test('R12 routes of nearly the same priority that meet on some entry points only', () => {
    const others = [
      ingressRoute([{ ...longer, priority: shop.length + 1 }], { entryPoints: ['web'] }, { name: 'other' }),
    ];
    expect(problems(ingressRoute([plain]), lane, others)).toEqual(['base-unsuitable spec.routes.entryPoints']);
    expect(problems(ingressRoute([plain], { entryPoints: ['web', 'x'] }), lane, others)).toEqual([
      'base-unsuitable spec.routes.entryPoints',
    ]);
    expect(problems(ingressRoute([plain], { entryPoints: ['web'] }), lane, others)).toEqual([]);
  });

  test('R12 a route of nearly the same priority whose rule is in the old syntax', () => {
    const old = { match: 'Path(`/a`, `/b`)', syntax: 'v2', priority: shop.length + 1, services: [b] };
    expect(problems(ingressRoute([plain, old]), lane)).toEqual(['base-unsuitable spec.routes.syntax']);
  });

  test('R12 a priority that JSON cannot count up from', () => {
    const base = ingressRoute([{ ...plain, priority: Number.MAX_SAFE_INTEGER - 1 }]);
    expect(problems(base, lane)).toEqual(['base-unsuitable spec.routes.priority']);
  });
});

describe('R12 refused', () => {
  test('a header that is added to, and headers of a share', () => {
    const modifier = { add: [{ name: 'x', value: '1' }] };
    const paths = (route: Route) => checkRoute(route, traefik).map(locationOf);
    expect(paths({ ...lane, requestHeaderModifier: modifier })).toEqual(['requestHeaderModifier.add']);
    expect(paths({ ...lane, weight: 20 })).toEqual(['requestHeaderModifier']);
    expect(paths(lane)).toEqual([]);
  });

  test.each<[string, object, Partial<Route>, string[]]>([
    ['the old syntax', { syntax: 'v2' }, {}, ['base-unsuitable spec.routes.syntax']],
    [
      'pods that Traefik reaches by nodes',
      { services: [{ ...a, nodePortLB: true }] },
      {},
      ['base-unsuitable spec.routes.services.nodePortLB'],
    ],
    [
      'headers of requests that go to others as well',
      { services: [a, b] },
      {},
      ['base-unsuitable spec.routes.services'],
    ],
    ['others beside the Service, without headers', { services: [a, b] }, { requestHeaderModifier: undefined }, []],
    [
      'the host as a header',
      {},
      { matches: [{ headers: [{ name: 'host', value: 'x' }] }] },
      ['gateway-unsupported spec.routes.match'],
    ],
    [
      'an escape in a path',
      {},
      { matches: [{ path: { type: 'Exact', value: '/a%20b' } }] },
      ['gateway-unsupported spec.routes.match'],
    ],
  ])('%s', (_, route, asked, expected) => {
    expect(problems(ingressRoute([{ ...plain, ...route }]), { ...lane, ...asked })).toEqual(expected);
  });

  test('a share of a Service and port that is named with other options elsewhere: in lists Traefik keeps the last ones', () => {
    const share = { ...rollout, weight: 20 };
    const other = { match: `${shop} && Path(\`/grpc\`)`, services: [{ ...a, scheme: 'h2c' }] };
    const list = { ...other, services: [...other.services, b] };
    const refused = ['base-unsuitable spec.routes.services'];
    expect(problems(ingressRoute([plain, other]), share)).toEqual(refused);
    expect(problems(ingressRoute([plain, { ...other, services: [{ ...a, port: 81 }] }]), share)).toEqual([]);
    expect(problems(ingressRoute([plain, other]), { ...lane, requestHeaderModifier: undefined })).toEqual([]);
    expect(problems(ingressRoute([plain]), share, [ingressRoute([other], {}, { name: 'other' })])).toEqual([]);
    expect(problems(ingressRoute([plain]), share, [ingressRoute([list], {}, { name: 'other' })])).toEqual(refused);
    expect(
      problems(ingressRoute([plain]), share, [traefikService('x', { weighted: { services: list.services } })]),
    ).toEqual(refused);
  });
});
