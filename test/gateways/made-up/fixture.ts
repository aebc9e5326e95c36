import fc from 'fast-check';
import type { Manifest } from '../../../lib/core';
import { foreign, NEIGHBOUR, SERVICE } from '../fixtures';
import type { Tried } from '../registry';
import { ferryGateway } from './gateway';
import { ferryModel } from './model';

const kind = { apiVersion: 'ferry.example.com/v1', kind: 'FerryLine' };

const bases: fc.Arbitrary<Manifest> = fc
  .record({
    harbour: fc.constantFrom('shop.example.com', 'api.example.com'),
    rank: fc.integer({ min: 0, max: 3 }),
    cargo: fc.constantFrom<Record<string, string>>({}, { 'x-tenant': 'one' }),
    docks: fc.constantFrom(
      [{ service: SERVICE, share: 100 }],
      [
        { service: SERVICE, share: 70 },
        { service: NEIGHBOUR, share: 30 },
      ],
    ),
  })
  .map((spec) => ({
    ...kind,
    metadata: { name: 'web', namespace: 'shop', ...foreign },
    spec,
    status: { sails: true },
  }));

/** A line of the same harbour, just above the base. */
function neighbour({ spec }: Manifest): Manifest {
  const { harbour, rank } = spec as { harbour: string; rank: number };
  const docks = [{ service: NEIGHBOUR, share: 100 }];
  const metadata = { name: 'neighbour', namespace: 'shop' };
  return { ...kind, metadata, spec: { harbour, rank: rank + 0.5, cargo: { 'x-region': 'beta' }, docks } };
}

export const ferry: Tried = { gateway: ferryGateway, model: ferryModel, bases, neighbour };
