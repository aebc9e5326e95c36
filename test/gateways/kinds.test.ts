/** What the kinds that gateways declare are good for: the CLI's shapes and order, and the rules of deploy/rbac.yaml. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { routeRules } from '../../docs/route-rules';
import { checked } from '../../lib/cli/input/object-shapes';
import { inApplyOrder } from '../../lib/cli/output/apply-order';
import { kindOf, objectKey } from '../../lib/core';
import { alone, hasRoom, possibleRoutes, SERVICE, service } from './fixtures';
import { gateways, tried } from './registry';

const registry = Object.values(gateways);

describe.each(tried)('$gateway.name', ({ gateway, bases }) => {
  const situations = fc
    .record({ base: bases, routes: possibleRoutes(gateway) })
    .filter(({ base, routes }) => routes.every((route) => hasRoom(gateway, base, route)));
  const holds = (law: (objects: ReturnType<typeof gateway.write>) => void) => {
    const around = { ...alone, services: [service(SERVICE)] };
    fc.assert(
      fc.property(situations, ({ base, routes }) => law(gateway.write(base, routes, around))),
      { numRuns: 50 },
    );
  };

  test('the command line reads all that is written, and names the field of what is not so', () => {
    holds((objects) => {
      for (const object of objects) expect(() => checked(object, gateways)).not.toThrow();
      expect(() => checked({ ...objects[0]!, spec: 1 }, gateways)).toThrow(/spec: 1 is not possible/);
    });
  });

  test('what others refer to is applied first', () => {
    holds((objects) => {
      const orders = inApplyOrder([...objects].reverse(), gateways).map((object) => kindOf(gateway, object)!.order);
      expect(orders).toEqual([...orders].sort((a, b) => a - b));
      expect(inApplyOrder(objects, gateways).map(objectKey).sort()).toEqual(objects.map(objectKey).sort());
    });
  });

  test('there is a rule for everything that the engine does with its kinds', () => {
    const rules = parse(routeRules(registry)) as { apiGroups: string[]; resources: string[]; verbs: string[] }[];
    for (const { group, plural, as, changed } of gateway.kinds) {
      const [rule, ...more] = rules.filter(
        ({ apiGroups, resources }) => apiGroups[0] === group && resources.includes(plural),
      );
      expect(more).toEqual([]);
      expect(rule!.verbs).toEqual(expect.arrayContaining(['get', 'list']));
      expect(rule!.verbs.includes('create') && rule!.verbs.includes('delete')).toBe(as !== 'base');
      expect(rule!.verbs.includes('update')).toBe(changed ?? false);
      if (gateway.takenUp) expect(rule!.verbs).toContain('watch');
    }
  });
});
