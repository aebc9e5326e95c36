/** What every gateway of the registry keeps, over generated bases and routes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkRoute,
  type Manifest,
  type Match,
  type MatchType,
  normaliseRoutes,
  objectKey,
  type Route,
  type RouteSpec,
  type Supports,
  type ValueMatch,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { bases, foreign, hasRoom, NEIGHBOUR, possibleRoutes, SERVICE, service } from './fixtures';

const services = [service(SERVICE), service(NEIGHBOUR)];

const header = (name: string, type?: MatchType): ValueMatch => ({ name, value: 'foo', ...(type && { type }) });
const match = (one: Match): RouteSpec => ({ matches: [one] });
const regex = 'RegularExpression';

/** One thing each that a routing can ask for, the field that asks for it, and what the gateway must be able to do. */
const asked: { what: string; route: RouteSpec; at: string; can: (supports: Supports) => boolean }[] = [
  { what: 'a header', route: match({ headers: [header('a')] }), at: '', can: () => true },
  {
    what: 'an expression for a header',
    route: match({ headers: [header('a', regex)] }),
    at: '.matches[0].headers[0].type',
    can: ({ headers }) => headers.includes(regex),
  },
  {
    what: 'two headers in a match',
    route: match({ headers: [header('a'), header('b')] }),
    at: '.matches[0].headers',
    can: ({ headersPerMatch }) => headersPerMatch > 1,
  },
  ...(['queryParams', 'cookies'] as const).flatMap((kind) => [
    {
      what: `one of ${kind}`,
      route: match({ [kind]: [{ name: 'a', value: 'always' }] }),
      at: `.matches[0].${kind}`,
      can: (supports: Supports) => supports[kind].length > 0,
    },
    {
      what: `two of ${kind} in a match`,
      route: match({ [kind]: ['a', 'b'].map((name) => ({ name, value: 'always' })) }),
      at: `.matches[0].${kind}`,
      can: (supports: Supports) => supports[`${kind}PerMatch`] > 1,
    },
  ]),
  ...(['Exact', 'PathPrefix', regex] as const).map((type) => ({
    what: `a path of type ${type}`,
    route: match({ path: { type, value: '/orders' } }),
    at: '.matches[0].path',
    can: ({ paths }: Supports) => paths.includes(type),
  })),
  {
    what: 'two matches',
    route: { matches: ['a', 'b'].map((name) => ({ headers: [header(name)] })) },
    at: '.matches',
    can: ({ matches }) => matches > 1,
  },
  { what: 'a weight', route: { weight: 20 }, at: '.weight', can: ({ weight }) => weight },
  {
    what: 'a weight beside a match',
    route: { ...match({ headers: [header('a')] }), weight: 20 },
    at: '.weight',
    can: ({ weightWithMatches }) => weightWithMatches,
  },
  ...(['set', 'add', 'remove'] as const).map((kind) => ({
    what: `request headers, ${kind}`,
    route: {
      weight: 20,
      requestHeaderModifier: kind === 'remove' ? { remove: ['a'] } : { [kind]: [{ name: 'a', value: 'b' }] },
    },
    at: `.requestHeaderModifier.${kind}`,
    can: ({ requestHeaders }: Supports) => requestHeaders.includes(kind),
  })),
];

describe.each(Object.values(gateways))('$name', (gateway) => {
  const write = (base: readonly Manifest[], routes: readonly Route[]) => gateway.write(base, routes);
  const holds = (law: (base: Manifest[], routes: Route[]) => void) => {
    fc.assert(
      fc.property(bases(gateway), possibleRoutes(gateway), (base, list) => {
        fc.pre(list.every((route) => hasRoom(gateway, base, route)));
        law([base, ...services], list);
      }),
      { numRuns: 100 },
    );
  };

  test('writing no routes gives the base back', () => {
    holds((base, list) => expect(write(write(base, list), [])).toEqual(base));
  });

  test('writing twice is writing once', () => {
    holds((base, list) => expect(write(write(base, list), list)).toEqual(write(base, list)));
  });

  test('other routes replace the ones before', () => {
    holds((base, list) => {
      const before = list.map((route) => ({ ...route, matches: [{ headers: [{ name: 'x-before', value: '1' }] }] }));
      expect(write(write(base, before), list)).toEqual(write(base, list));
    });
  });

  test('R12 what is not refused is read as it was written: nothing is dropped', () => {
    holds((base, list) => expect(normaliseRoutes(gateway.read(write(base, list)))).toEqual(normaliseRoutes(list)));
  });

  test.each(asked)('R12 $what: refused exactly where the gateway cannot, with the path', ({ route, at, can }) => {
    const problems = checkRoute(route, gateway, '');
    const expected = can(gateway.supports) ? [] : [`gateway-unsupported ${at}`];
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(expected);
    for (const { allowed, given } of problems) expect([given, allowed].join()).toContain(gateway.name);
  });

  test('objects of ours beside a base that somebody has replaced can be read, and are replaced', () => {
    fc.assert(
      fc.property(bases(gateway), bases(gateway), possibleRoutes(gateway), (base, other, list) => {
        fc.pre(list.every((route) => hasRoom(gateway, base, route)));
        const [, ...ours] = write([base, ...services], list);
        const left = [other, ...ours.filter((object) => !services.includes(object))];
        expect(() => gateway.read(left)).not.toThrow();
        expect(write([...left, ...services], [])).toEqual(write([other, ...services], []));
      }),
      { numRuns: 100 },
    );
  });

  test('the base alone expresses no route', () => {
    holds((base) => expect(gateway.read(base)).toEqual([]));
  });

  test('output is deterministic', () => {
    holds((base, list) => {
      expect(JSON.stringify(write(base, list))).toBe(
        JSON.stringify(write(structuredClone(base), structuredClone(list))),
      );
    });
  });

  test('nothing of the input is changed in place', () => {
    holds((base, list) => {
      const before = structuredClone([base, list]);
      write(base, list);
      expect([base, list]).toEqual(before);
    });
  });

  test('what the base has of other tools stays, and is not copied to objects of ours', () => {
    holds((base, list) => {
      const [written, ...others] = write(base, list);
      expect(written!.metadata.labels).toEqual(base[0]!.metadata.labels);
      expect(written!.metadata.annotations).toMatchObject(base[0]!.metadata.annotations!);
      expect(written!.status).toEqual(base[0]!.status);
      for (const { metadata } of others.filter((object) => !services.includes(object))) {
        for (const key of Object.keys(foreign.annotations))
          expect(metadata.annotations ?? {}).not.toHaveProperty([key]);
        for (const key of Object.keys(foreign.labels)) expect(metadata.labels ?? {}).not.toHaveProperty([key]);
      }
    });
  });

  test('every object of ours has a name of its own, carries its owner, and lives where the base does', () => {
    holds((base, list) => {
      const ours = write(base, list).filter((object) => !base.some((one) => objectKey(one) === objectKey(object)));
      expect(new Set(ours.map(objectKey)).size).toBe(ours.length);
      for (const { metadata } of ours) {
        expect(metadata.namespace).toBe('shop');
        expect(list.map(({ owner }) => label(owner))).toContainEqual(expect.objectContaining(metadata.labels));
        expect(metadata.name!.length).toBeLessThanOrEqual(63);
      }
    });
  });

  test('a route that opens or closes renames no object of another', () => {
    holds((base, list) => {
      const all = write(base, list).map(objectKey);
      for (const route of list) expect(all).toEqual(expect.arrayContaining(write(base, [route]).map(objectKey)));
    });
  });
});

function label(owner: Route['owner']) {
  return 'lane' in owner ? { 'graylane.io/lane': owner.lane } : { 'graylane.io/rollout': owner.rollout };
}
