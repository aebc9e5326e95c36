/** What objects say of the routes that they express. */
import { expect, test } from 'vitest';
import {
  baseName,
  type Manifest,
  noteRoutes,
  notedRoute,
  type Route,
  ROUTE,
  ROUTES,
  routeNote,
  routesIn,
  routesOf,
  withoutNote,
} from '../../lib/core';
import { ingress } from './fixtures';

const base = ingress('web');
const route: Route = {
  owner: { lane: 'beta' },
  service: 'a',
  to: { service: 'a-canary' },
  matches: [{ headers: [{ name: 'x-user', value: 'x'.repeat(8000) }] }],
  weight: 20,
  requestHeaderModifier: { set: [{ name: 'x-lane', value: '"beta"' }], add: [], remove: ['x-old'] },
  warmUp: true,
};
const noted = (annotations: Record<string, string>): Manifest => ({
  ...base,
  metadata: { name: 'web-canary', labels: { 'graylane.io/lane': 'beta' }, annotations },
});

test('a route is read as it was written, but for how its objects are named', () => {
  expect(notedRoute(noted(routeNote(base, { ...route, shared: true })))).toEqual({ base: baseName(base), route });
  expect(routesIn(noteRoutes(base, [route]))).toEqual([route]);
});

test('the same route has the same text, whatever the order of its fields', () => {
  const turned = Object.fromEntries(Object.entries(route).reverse()) as unknown as Route;
  expect(routeNote(base, turned)).toEqual(routeNote(base, route));
});

test('an object of somebody else says nothing, whatever stands on it', () => {
  const { labels: _, ...metadata } = noted(routeNote(base, route)).metadata;
  expect(notedRoute({ ...base, metadata })).toBeUndefined();
});

test.each([
  '',
  '{}',
  '[]',
  'null',
  '{"base":"Ingress/web"}',
  '{"base":1,"owner":{"lane":"a"},"service":"a","to":"stable"}',
])('a note that somebody has damaged says nothing: %s', (text) => {
  expect(notedRoute(noted({ [ROUTE]: text }))).toBeUndefined();
  expect(
    routesOf([noted({ [ROUTE]: text }), { ...base, metadata: { ...base.metadata, annotations: { [ROUTES]: text } } }]),
  ).toEqual([]);
});

test('a route over several objects is told once for each base', () => {
  const other = ingress('other');
  const list = [base, base, other].map((one) => noted(routeNote(one, route)));
  expect(routesOf(list).map((one) => one.base)).toEqual(['Ingress/web', 'Ingress/other']);
});

test('a note that is taken off leaves the object as it was', () => {
  expect(withoutNote(noteRoutes(base, [route]))).toEqual(base);
  expect(withoutNote(base)).toBe(base);
});
