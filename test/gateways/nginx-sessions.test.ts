/** Sticky sessions on nginx, by the model of its balancer: the first request of a client, and all later ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Manifest, Route } from '../../lib/core';
import { nginx } from '../../lib/gateways/nginx';
import { cookiesAfter, nginx as model } from './decision/nginx';
import type { Request } from './decision/traffic';
import { alone, ingress, SERVICE, service } from './fixtures';

const NGINX = 'nginx.ingress.kubernetes.io/';
const LEGACY = { [`${NGINX}affinity-canary-behavior`]: 'legacy' };
const CANARY = `${SERVICE}-canary`;
const base = ingress({ [`${NGINX}affinity`]: 'cookie' });
const header = { matches: [{ headers: [{ name: 'x-canary', value: 'foo' }] }] };

const route = (spec: Partial<Route>): Route => ({
  owner: { rollout: 'a' },
  service: SERVICE,
  to: { service: CANARY },
  ...spec,
});
const written = (spec: Partial<Route>, over = {}): Manifest[] => {
  const [first, canary] = nginx.write(base, [route(spec)], alone);
  const annotations = { ...canary!.metadata.annotations, ...over };
  return [service(SERVICE), first!, { ...canary!, metadata: { ...canary!.metadata, annotations } }];
};
const request = (cookies: Request['cookies'] = {}, headers: Request['headers'] = {}): Request => ({
  host: 'shop.example.com',
  path: '/',
  method: 'GET',
  headers,
  query: {},
  cookies,
});
const canaryShare = (objects: readonly Manifest[], of: Request) =>
  model(objects, of).find(({ to }) => to === CANARY)?.share ?? 0;

/** The share of the canary in requests of one client without a cookie at first, one after the other. */
function shares(objects: readonly Manifest[], count: number): number[] {
  let clients = [{ part: 1, cookies: {} as Request['cookies'] }];
  return Array.from({ length: count }, () => {
    const after = clients.flatMap(({ part, cookies }) =>
      model(objects, request(cookies)).map(({ to, share }) => ({
        to,
        part: part * share,
        cookies: cookiesAfter(objects, request(cookies), to),
      })),
    );
    clients = after.filter(({ part }) => part > 0);
    return clients.reduce(
      (sum, one, i) => sum + (after.filter(({ part }) => part > 0)[i]!.to === CANARY ? one.part : 0),
      0,
    );
  });
}

describe('a share', () => {
  test('is kept at every request, and no client changes the version', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (weight) => {
        const objects = written({ weight });
        for (const share of shares(objects, 6)) expect(share).toBeCloseTo(weight / 100);
        for (const of of [SERVICE, CANARY]) {
          const later = request(cookiesAfter(objects, request(), of));
          expect(canaryShare(objects, later)).toBe(of === CANARY ? 1 : 0);
        }
      }),
    );
  });

  test('would run dry without cookies of the canary, as after many requests of each client', () => {
    const last = shares(written({ weight: 20 }, LEGACY), 6);
    expect(last.map((share) => Math.round(share * 1000) / 1000)).toEqual([0.2, 0.04, 0.008, 0.002, 0, 0]);
  });

  test('is all that a client with a match has beside it: sessions go on', () => {
    const objects = written({ ...header, weight: 20 });
    expect(canaryShare(objects, request({}, { 'x-canary': 'foo' }))).toBe(1);
    expect(canaryShare(objects, request({ INGRESSCOOKIE: `pod|${CANARY}` }))).toBe(1);
  });
});

describe('a match', () => {
  const objects = written(header);
  test.each<[string, Request, number]>([
    ['with the header, first', request({}, { 'x-canary': 'foo' }), 1],
    ['without', request(), 0],
    ['without, later', request(cookiesAfter(objects, request(), SERVICE)), 0],
    ['without, of an earlier canary', request({ INGRESSCOOKIE: `pod|${CANARY}` }), 0],
    ['with the header, of an earlier canary', request({ INGRESSCOOKIE: `pod|${CANARY}` }, { 'x-canary': 'foo' }), 1],
    [
      'with the header, of stable: nothing helps',
      request({ INGRESSCOOKIE: `pod|${SERVICE}` }, { 'x-canary': 'foo' }),
      0,
    ],
  ])('%s', (_, of, share) => {
    expect(canaryShare(objects, of)).toBe(share);
  });
});

const behaviour = (annotations: Record<string, string>, spec: Partial<Route>, bases: Manifest[] = []) => {
  const [, canary] = nginx.write(ingress(annotations), [route(spec)], { ...alone, bases });
  return canary!.metadata.annotations![`${NGINX}affinity-canary-behavior`];
};

test.each<[string, Record<string, string>, Partial<Route>, Manifest[], string | undefined]>([
  ['a weight', { [`${NGINX}affinity`]: 'cookie' }, { weight: 5 }, [], undefined],
  [
    'a weight, persistent',
    { [`${NGINX}affinity`]: 'cookie', [`${NGINX}affinity-mode`]: 'persistent' },
    { weight: 5 },
    [],
    undefined,
  ],
  ['a weight beside a match', { [`${NGINX}affinity`]: 'cookie' }, { ...header, weight: 5 }, [], undefined],
  ['a match', { [`${NGINX}affinity`]: 'cookie' }, header, [], 'legacy'],
  ['a match, where another base of the Service is sticky', {}, header, [base], 'legacy'],
  ['a match, where nothing is sticky', {}, header, [], undefined],
  ['a match, with a value that nginx does not know', { [`${NGINX}affinity`]: 'ip' }, header, [], undefined],
])('%s has the behaviour that it needs', (_, annotations, spec, bases, expected) => {
  expect(behaviour(annotations, spec, bases)).toBe(expected);
});
