/** A traffic system that nobody has: lines that carry requests of a harbour to docks, the highest rank first. */
import * as v from 'valibot';
import {
  type Around,
  type Gateway,
  type Manifest,
  type Problem,
  problem,
  type Route,
  supportsOf,
} from '../../../lib/core';
import { objectNameOf, ourMetadata, sideName } from '../../../lib/gateways/writing/owner';
import { namedShape } from '../../../lib/gateways/writing/metadata-shape';

const GROUP = 'ferry.example.com';

const line = v.object({
  ...namedShape,
  spec: v.object({
    harbour: v.string(),
    rank: v.number(),
    /** All must be there. */
    cargo: v.record(v.string(), v.string()),
    docks: v.array(v.object({ service: v.string(), share: v.number() })),
    stamp: v.optional(v.string()),
  }),
});
const stamp = v.object({ ...namedShape, spec: v.object({ headers: v.record(v.string(), v.string()) }) });

export type Line = Manifest & Pick<v.InferOutput<typeof line>, 'spec'>;
export type Stamp = Manifest & Pick<v.InferOutput<typeof stamp>, 'spec'>;

const common = { group: GROUP, version: 'v1' } as const;

export const ferryGateway: Gateway = {
  name: 'ferry',
  kinds: [
    {
      ...common,
      kind: 'FerryLine',
      plural: 'ferrylines',
      as: 'both',
      namedBy: 'customNetworkRefs',
      order: 15,
      shape: line,
    },
    { ...common, kind: 'FerryStamp', plural: 'ferrystamps', as: 'ours', leads: false, order: 5, shape: stamp },
  ],
  supports: supportsOf({
    match: { headers: { types: ['Exact'], most: 4 } },
    route: { requestHeaders: ['set'], requestHeadersOf: 'matches' },
  }),
  write: (base, routes, around) => [base, ...routes.flatMap((route) => linesOf(base as Line, route, around))],
  takenUp: ({ status }) => ((status as { sails?: boolean } | undefined)?.sails ? undefined : 'does not sail yet'),
  checks: checkLine,
};

function checkLine({ spec }: Manifest, { matches = [], service, requestHeaderModifier }: Route): Problem[] {
  const { cargo, docks } = spec as Line['spec'];
  const names = matches.flatMap(({ headers = [] }) => headers.map(({ name }) => name.toLowerCase()));
  const mixed = docks.some((dock) => dock.service !== service) && requestHeaderModifier !== undefined;
  return [
    ...names.filter((name) => name in cargo).map((name) => problem('base-unsuitable', 'spec.cargo', name)),
    // A stamp is for all docks of a line.
    ...(mixed ? [problem('base-unsuitable', 'spec.docks', docks.length)] : []),
  ];
}

/** A line for each match, above the base and below whatever is above that; one for the weight just above the base. */
function linesOf(base: Line, route: Route, around: Around): Manifest[] {
  const { matches = [], weight, to, service, requestHeaderModifier } = route;
  if (!base.spec.docks.some((dock) => dock.service === service)) return [];
  const above = rankAbove(base, around);
  const set = requestHeaderModifier?.set ?? [];
  const stampName = sideName(base, route, 'stamp');
  const canary = typeof to === 'object' && 'service' in to ? to.service : service;
  const ours = (index: number, rank: number, cargo: Record<string, string>, part: number): Line => ({
    ...base,
    metadata: ourMetadata(base, route, objectNameOf(base, route, index)),
    spec: {
      ...base.spec,
      rank,
      cargo: { ...base.spec.cargo, ...cargo },
      ...(set.length > 0 && { stamp: stampName }),
      docks: base.spec.docks.flatMap((dock) => {
        if (dock.service !== service) return [dock];
        const rest = { ...dock, share: (dock.share * (100 - part)) / 100 };
        return [...(part < 100 ? [rest] : []), { service: canary, share: (dock.share * part) / 100 }];
      }),
    },
  });
  const between = (share: number) => base.spec.rank + (above - base.spec.rank) * share;
  const lines = matches.map(({ headers = [] }, i) =>
    ours(i, between(0.5), Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])), 100),
  );
  const shared = weight === undefined ? [] : [ours(matches.length, between(0.25), {}, weight)];
  return [...(set.length > 0 && lines.length > 0 ? [stampOf(base, route, stampName)] : []), ...lines, ...shared].map(
    ({ status: _, ...object }) => object,
  );
}

function stampOf(base: Line, route: Route, name: string): Manifest {
  const headers = (route.requestHeaderModifier?.set ?? []).map(({ name: header, value }) => [
    header.toLowerCase(),
    value,
  ]);
  return {
    apiVersion: base.apiVersion,
    kind: 'FerryStamp',
    metadata: ourMetadata(base, route, name),
    spec: { headers: Object.fromEntries(headers) as Record<string, string> },
  };
}

/** Written relative to neighbours: what comes before the base comes before our lines as well. */
function rankAbove({ spec }: Line, { bases, others }: Around): number {
  const ranks = [...bases, ...others]
    .filter(({ kind }) => kind === 'FerryLine')
    .map((other) => (other as Line).spec)
    .filter(({ harbour, rank }) => harbour === spec.harbour && rank > spec.rank)
    .map(({ rank }) => rank);
  return Math.min(spec.rank + 1, ...ranks);
}
