/** GRPCRoutes with a method for each backend: rules of other methods are in nobody's way. */
import { describe, expect, test } from 'vitest';
import { gateways } from '../../lib/gateways';
import { alone, httpRoute } from './fixtures';

const rule = (name: string, method?: object, headers?: object[]) => ({
  ...((method ?? headers) && { matches: [{ ...(method && { method }), ...(headers && { headers }) }] }),
  backendRefs: [{ name, port: 80 }],
});
const orders = { service: 'shop.Orders' };
const header = { name: 'x-user', value: 'anna' };
const route = {
  owner: { rollout: 'a' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [{ headers: [header] }],
};

type Rules = Parameters<typeof httpRoute>[0];

const checked = (rules: object[]) =>
  gateways['gateway-api']!.checks!({ ...httpRoute(rules as Rules), kind: 'GRPCRoute' }, route, alone).map(
    ({ code, path }) => `${code} ${path}`,
  );

describe('R12 beside a rule for another backend', () => {
  test.each<[string, object[], string[]]>([
    ['of another service', [rule('b', { service: 'shop.Users' }), rule('a', orders)], []],
    [
      'of another method of the service',
      [rule('b', { ...orders, method: 'Get' }), rule('a', { ...orders, method: 'Put' })],
      [],
    ],
    ['of another method of any service', [rule('b', { method: 'Get' }), rule('a', { method: 'Put' })], []],
    ['of the whole service, which is less', [rule('a', { ...orders, method: 'Put' }), rule('b', orders)], []],
    ['for all that is left', [rule('a', orders), rule('b')], []],
    [
      'of one method of the service, which comes first before and after',
      [rule('b', { ...orders, method: 'Get' }), rule('a', orders)],
      [],
    ],
    [
      'of the same service, whose requests our copy would take',
      [rule('b', orders), rule('a', orders)],
      ['base-unsuitable spec.rules'],
    ],
  ])('%s', (_, rules, expected) => {
    expect(checked(rules)).toEqual(expected);
  });
});
