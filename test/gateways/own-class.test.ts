/** Who reads an Ingress for which no gateway is named: its own class says so, by either way of naming it. */
import { expect, test } from 'vitest';
import { resolve } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { deployment, ingress, ownRollout, service } from '../core/fixtures';

const readers = Object.values(gateways).filter(({ kinds }) => kinds.some(({ namedBy }) => namedBy === 'ingress'));

const cases = readers.flatMap(({ name }) => [
  [name, 'ingressClassName', { ingressClassName: name }, {}] as const,
  [name, 'the annotation', {}, { annotations: { 'kubernetes.io/ingress.class': name } }] as const,
]);

function readerOf(classes: object, metadata: object, classType?: string): string {
  const plain = ingress('app');
  const { ingressClassName: _, ...spec } = plain.spec as { ingressClassName: string };
  const base = { ...plain, metadata: { ...plain.metadata, ...metadata }, spec: { ...spec, ...classes } };
  const trafficRoutings = [{ service: 'app', ingress: { name: 'app', ...(classType && { classType }) } }];
  const rollout = ownRollout('app', [{ replicas: 1, traffic: '20%' }], { trafficRoutings });
  const objects = [deployment('app'), service('app'), base];
  return resolve({ objects, lanes: [], rollouts: [rollout] }, gateways).members[0]!.routing!.bases[0]!.gateway.name;
}

test.each(cases)('%s, by %s', (name, _, classes, metadata) => {
  expect(readerOf(classes, metadata)).toBe(name);
});

test('a gateway that is named comes before the class', () => {
  expect(readerOf({ ingressClassName: 'nginx' }, {}, 'mse')).toBe('mse');
});
