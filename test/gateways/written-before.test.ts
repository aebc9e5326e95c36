/** Objects as the version before wrote them, without notes: `written-before.json` is its output. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Manifest, type Route, routesIn } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { gatewayApi } from './decision/gateway-api';
import { istio } from './decision/istio';
import { type Model, told } from './decision/traffic';
import { alone } from './fixtures';

interface Before {
  readonly base: Manifest;
  /** With routes of rollout-a for Service a, of lane beta for Service b, and of both. */
  readonly own: Manifest[];
  readonly other: Manifest[];
  readonly both: Manifest[];
}

const before = JSON.parse(readFileSync(join(__dirname, 'written-before.json'), 'utf8')) as Record<string, Before>;
const shared: [string, Model][] = [
  ['gateway-api', gatewayApi],
  ['istio', istio],
];

const rollout: Route = {
  owner: { rollout: 'rollout-a' },
  service: 'a',
  to: { service: 'a-canary' },
  shared: true,
  matches: [{ headers: [{ name: 'x-user', value: 'anna' }] }],
  weight: 40,
};
const beta: Route = {
  owner: { lane: 'beta' },
  service: 'b',
  to: { service: 'b-canary' },
  shared: true,
  matches: [{ headers: [{ name: 'x-lane', value: 'beta' }] }],
  weight: 50,
  requestHeaderModifier: { set: [{ name: 'x-lane', value: 'beta' }] },
};
const byUs = { ...alone, writer: rollout.owner };

const request = (headers: Record<string, string> = {}) => ({
  host: 'shop.example.com',
  path: '/',
  method: 'GET',
  headers,
  query: {},
  cookies: {},
});

describe.each(shared)('%s', (name, model) => {
  const gateway = gateways[name]!;
  const { base, own, other, both } = before[name]!;
  const [ofBoth, ...objects] = both as [Manifest, ...Manifest[]];
  const of = (all: readonly Manifest[], headers?: Record<string, string>) =>
    told(model(all, request(headers)).map((outcome) => ({ ...outcome, treatment: null })));
  const ofBeta = objects.filter(({ metadata }) => metadata.labels?.['graylane.io/lane'] === 'beta');

  test('the base is given back', () => {
    expect(gateway.write(own[0]!, [], byUs)).toEqual([base]);
    expect(gateway.write(ofBoth, [], alone)).toEqual([base]);
  });

  test('a route of the same owner is replaced, and the base noted', () => {
    expect(gateway.write(own[0]!, [rollout], byUs)).toEqual(gateway.write(base, [rollout], alone));
  });

  test('closing ours leaves what another owner has, exactly as he wrote it', () => {
    expect(gateway.write(ofBoth, [], byUs)).toEqual([other[0]]);
  });

  test("another owner's share stays beside a new one of ours, and so do his matches", () => {
    const [written, ...ours] = gateway.write(ofBoth, [rollout], byUs);
    const all = [written!, ...ofBeta, ...ours];
    expect(of(all)).toEqual({
      '["a",{},null]': 0.42,
      '["a-canary",{},null]': 0.28,
      '["b",{},null]': 0.15,
      '["b-canary",{"x-lane":"beta"},null]': 0.15,
    });
    expect(of(all, { 'x-lane': 'beta' })).toEqual(of(other, { 'x-lane': 'beta' }));
    expect(Object.keys(of(all, { 'x-user': 'anna' })).some((key) => key.startsWith('["a"'))).toBe(false);
    expect(routesIn(written!).map(({ owner }) => owner)).toEqual([rollout.owner]);
    expect(gateway.write(written!, [], byUs)).toEqual([other[0]]);
  });

  test('as soon as the other owner writes too, all is as if nobody had been there before', () => {
    const [written] = gateway.write(ofBoth, [rollout], byUs);
    const next = gateway.write(written!, [rollout, beta], { ...alone, writer: beta.owner });
    expect(next).toEqual(gateway.write(base, [rollout, beta], alone));
  });
});

test('mse: separate objects keep their names, and get a note', () => {
  const { base, own } = before.mse!;
  const written = gateways.mse!.write(base, [{ ...rollout, weight: 20 }], alone);
  const named = (list: readonly Manifest[]) => list.map(({ metadata }) => metadata.name);
  expect(named(written)).toEqual(named(own));
  expect(written.slice(1).map(({ spec }) => spec)).toEqual(own.slice(1).map(({ spec }) => spec));
});
