/** What every gateway of the registry keeps, over generated bases and routes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  baseName,
  checkRoute,
  checkShape,
  isBaseKind,
  isOurKind,
  isOurs,
  kindOf,
  type Manifest,
  type Match,
  type MatchType,
  notedRoute,
  objectKey,
  type Route,
  type RouteSpec,
  routesIn,
  type Supports,
  type ValueMatch,
  locationOf,
} from '../../lib/core';
import {
  alone,
  expressed,
  foreign,
  hasRoom,
  inOneOrder,
  NEIGHBOUR,
  possibleRoutes,
  SERVICE,
  service,
} from './fixtures';
import { tried } from './registry';

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
    at: 'matches[0].headers[0].type',
    can: ({ match: { headers } }) => headers.types.includes(regex),
  },
  {
    what: 'two headers in a match',
    route: match({ headers: [header('a'), header('b')] }),
    at: 'matches[0].headers',
    can: ({ match: { headers } }) => headers.most > 1,
  },
  ...(['queryParams', 'cookies'] as const).flatMap((kind) => [
    {
      what: `one of ${kind}`,
      route: match({ [kind]: [{ name: 'a', value: 'always' }] }),
      at: `matches[0].${kind}`,
      can: (supports: Supports) => supports.match[kind].types.length > 0,
    },
    {
      what: `two of ${kind} in a match`,
      route: match({ [kind]: ['a', 'b'].map((name) => ({ name, value: 'always' })) }),
      at: `matches[0].${kind}`,
      can: (supports: Supports) => supports.match[kind].most > 1,
    },
  ]),
  ...(['Exact', 'PathPrefix', regex] as const).map((type) => ({
    what: `a path of type ${type}`,
    route: match({ path: { type, value: '/orders' } }),
    at: 'matches[0].path',
    can: ({ match: { paths } }: Supports) => paths.includes(type),
  })),
  {
    what: 'two matches of headers',
    route: { matches: ['a', 'b'].map((name) => ({ headers: [header(name)] })) },
    at: 'matches',
    can: ({ route: { matches, ofKind } }) => Math.min(matches, ofKind) > 1,
  },
  { what: 'a weight', route: { weight: 20 }, at: 'weight', can: ({ route }) => route.weight !== 'none' },
  {
    what: 'a weight beside a match',
    route: { ...match({ headers: [header('a')] }), weight: 20 },
    at: 'weight',
    can: ({ route }) => route.weight === 'beside matches',
  },
  ...(['set', 'add', 'remove'] as const).map((kind) => ({
    what: `request headers, ${kind}`,
    route: {
      ...match({ headers: [header('a')] }),
      requestHeaderModifier: kind === 'remove' ? { remove: ['a'] } : { [kind]: [{ name: 'a', value: 'b' }] },
    },
    at: `requestHeaderModifier.${kind}`,
    can: ({ route: { requestHeaders } }: Supports) => requestHeaders.includes(kind),
  })),
];

describe.each(tried)('$gateway.name', ({ gateway, bases }) => {
  const around = { ...alone, services };
  const write = (base: Manifest, routes: readonly Route[]) => gateway.write(base, routes, around);
  const again = ([base]: Manifest[], routes: readonly Route[]) => write(base!, routes);
  const holds = (law: (base: Manifest, routes: Route[]) => void) => {
    fc.assert(
      fc.property(bases, possibleRoutes(gateway), (base, list) => {
        fc.pre(list.every((route) => hasRoom(gateway, base, route)));
        law(base, list);
      }),
      { numRuns: 100 },
    );
  };

  test('the base comes first, and the very one where no route is written into it', () => {
    holds((base, list) => {
      const [written, ...ours] = write(base, list);
      expect(objectKey(written!)).toBe(objectKey(base));
      expect(ours.every(isOurs)).toBe(true);
      if (!kindOf(gateway, base)!.changed) expect(written).toBe(base);
      expect(write(base, [])).toEqual([base]);
    });
  });

  test('writing no routes gives the base back', () => {
    holds((base, list) => expect(again(write(base, list), [])).toEqual([base]));
  });

  test('writing twice is writing once', () => {
    holds((base, list) => expect(again(write(base, list), list)).toEqual(write(base, list)));
  });

  test('other routes replace the ones before', () => {
    holds((base, list) => {
      const before = list.map((route) => ({ ...route, matches: [{ headers: [{ name: 'x-before', value: '1' }] }] }));
      expect(again(write(base, before), list)).toEqual(write(base, list));
    });
  });

  test('R12 what is not refused is noted as it was asked for, on every object of ours, and on a base that holds it', () => {
    holds((base, list) => {
      const [written, ...ours] = write(base, list);
      expect(expressed([written!, ...ours])).toEqual(inOneOrder(list));
      for (const object of ours) expect(inOneOrder(list)).toEqual(expect.arrayContaining(expressed([object])));
      for (const object of ours) expect(notedRoute(object)!.base).toBe(baseName(base));
      if (written !== base) expect(routesIn(written!).length).toBeGreaterThan(0);
    });
  });

  test.each(asked)('R12 $what: refused exactly where the gateway cannot, with the path', ({ route, at, can }) => {
    const problems = checkRoute(route, gateway);
    const expected = can(gateway.supports) ? [] : [`gateway-unsupported ${at}`];
    expect(problems.map((one) => `${one.code} ${locationOf(one)}`)).toEqual(expected);
    for (const { allowed, given } of problems) expect([given, allowed].join()).toContain(gateway.name);
  });

  test('R12 changed headers beside a weight: refused exactly where the gateway changes those of matches only', () => {
    const changed = gateway.supports.route.requestHeaders.map((kind) => ({
      [kind]: kind === 'remove' ? ['a'] : [{ name: 'a', value: 'b' }],
    }));
    for (const requestHeaderModifier of changed) {
      const problems = checkRoute({ weight: 20, requestHeaderModifier }, gateway);
      const expected = gateway.supports.route.requestHeadersOf === 'matches' ? ['requestHeaderModifier'] : [];
      expect(problems.map(locationOf)).toEqual(expected);
    }
  });

  test('a base that somebody has replaced beside our notes is as he wrote it, and takes the routes', () => {
    fc.assert(
      fc.property(bases, bases, possibleRoutes(gateway), (base, other, list) => {
        fc.pre(list.every((route) => hasRoom(gateway, base, route) && hasRoom(gateway, other, route)));
        const { annotations } = write(base, list)[0]!.metadata;
        const left = {
          ...other,
          metadata: { ...other.metadata, annotations: { ...annotations, ...other.metadata.annotations } },
        };
        expect(backends(write(left, [])[0]!)).toEqual(backends(other));
        expect(expressed(write(left, list))).toEqual(expressed(write(other, list)));
      }),
      { numRuns: 100 },
    );
  });

  test('the base alone expresses no route', () => {
    holds((base) => expect(expressed([base])).toEqual([]));
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
      const [written, ...ours] = write(base, list);
      expect(written!.metadata.labels).toEqual(base.metadata.labels);
      expect(written!.metadata.annotations).toMatchObject(base.metadata.annotations!);
      expect(written!.status).toEqual(base.status);
      for (const { metadata } of ours) {
        for (const key of Object.keys(foreign.annotations))
          expect(metadata.annotations ?? {}).not.toHaveProperty([key]);
        for (const key of Object.keys(foreign.labels)) expect(metadata.labels ?? {}).not.toHaveProperty([key]);
      }
    });
  });

  test('every object of ours has a name of its own, carries its owner, and lives where the base does', () => {
    holds((base, list) => {
      const [, ...ours] = write(base, list);
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

  test('every kind is declared: what it is to routes, and the shape of what is read', () => {
    holds((base, list) => {
      const [written, ...ours] = write(base, list);
      expect(isBaseKind(kindOf(gateway, base)!)).toBe(true);
      for (const object of ours) expect(isOurKind(kindOf(gateway, object)!)).toBe(true);
      for (const object of [base, written!, ...ours]) expect(checkShape(gateway, object)).toEqual([]);
    });
  });

  test('of a base that is not what its kind must be the field is named', () => {
    holds((base) => {
      const problems = checkShape(gateway, { ...base, spec: 'none' });
      expect(problems.map((one) => `${one.code} ${locationOf(one)}`)).toEqual(['field-type spec']);
    });
  });
});

function label(owner: Route['owner']) {
  return 'lane' in owner ? { 'graylane.io/lane': owner.lane } : { 'graylane.io/rollout': owner.rollout };
}

/** Where a base leads, whatever the shares. */
function backends({ spec }: Manifest): string {
  return JSON.stringify(spec).replace(/"weight":\d+,?/g, '');
}
