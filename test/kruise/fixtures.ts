import { type IntOrPercent, locationOf, type Percentage } from '../../lib/core';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import type {
  HeaderModifier,
  LaneSpec,
  Manifest,
  Match,
  ObjectRef,
  RolloutSpec,
  Step,
  ValueMatch,
} from '../../lib/core';
import { GraylaneError } from '../../lib/core';

/** The documents of a file of the examples. */
/** The sample's Rollouts in a version of Kruise's API. */
export function rolloutsOf(version: 'v1alpha1' | 'v1beta1'): Manifest[] {
  return example(version === 'v1beta1' ? 'rollouts.yaml' : 'v1alpha1/rollouts.yaml');
}

export function example(file: string): Manifest[] {
  const text = readFileSync(`examples/yaml/${file}`, 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** `code path` of every problem that `run` throws; empty if it throws none. */
export function problemsOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (!(error instanceof GraylaneError)) throw error;
    return error.problems.map((one) => `${one.code} ${locationOf(one)}`);
  }
}

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,9}$/);
const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,9}[A-Za-z0-9]$/);
const condition: fc.Arbitrary<ValueMatch> = fc.record(
  { type: fc.constantFrom('Exact', 'RegularExpression'), name: token, value },
  { requiredKeys: ['name', 'value'] },
);

/** Conditions of one kind, each name once. */
const conditions = (prefix: string) =>
  fc
    .uniqueArray(condition, { minLength: 1, maxLength: 3, selector: (one) => one.name.toLowerCase() })
    .map((list) => list.map((one) => ({ ...one, name: `${prefix}-${one.name}` })));

const cookies = fc
  .record({ type: fc.constant('Exact' as const), name: token }, { requiredKeys: ['name'] })
  .map((cookie) => [{ ...cookie, value: 'always' }]);

const path = fc.record({
  type: fc.constantFrom('Exact', 'PathPrefix'),
  value: fc.stringMatching(/^\/[a-z]{0,8}$/),
}) as fc.Arbitrary<Match['path']>;

const notEmpty = (match: Match) => Object.keys(match).length > 0;

/** Matches that v1alpha1 can say. */
export const headerMatch: fc.Arbitrary<Match> = fc
  .record({ headers: conditions('h'), cookies }, { requiredKeys: [] })
  .filter(notEmpty);

/** Matches that v1beta1 can say. */
export const anyMatch: fc.Arbitrary<Match> = fc
  .record({ path, headers: conditions('h'), queryParams: conditions('q'), cookies }, { requiredKeys: [] })
  .filter(notEmpty);

const headerValue = fc.record({ name: token, value });
const modifier: fc.Arbitrary<HeaderModifier> = fc
  .uniqueArray(headerValue, { minLength: 3, maxLength: 3, selector: (one) => one.name.toLowerCase() })
  .chain(([a, b, c]) =>
    fc.constantFrom<HeaderModifier>(
      { set: [a!] },
      { add: [a!, b!] },
      { remove: [a!.name] },
      { set: [a!], add: [b!], remove: [c!.name] },
    ),
  )
  // A header that is matched on may not be the one that is set.
  .map((one) => JSON.parse(JSON.stringify(one).replaceAll('"name":"', '"name":"x-')) as HeaderModifier);

const pause = fc.record({ duration: fc.nat(3600) }, { requiredKeys: [] });

const objectRef: fc.Arbitrary<ObjectRef> = fc
  .tuple(
    fc.record({ service: name, gracePeriodSeconds: fc.nat(60) }, { requiredKeys: ['service'] }),
    fc.oneof(
      fc.record({
        ingress: fc.record({ classType: fc.constantFrom('mse', 'nginx', 'alb'), name }, { requiredKeys: ['name'] }),
      }),
      fc.record({ gateway: fc.record({ httpRouteName: name }) }),
      fc.record({
        customNetworkRefs: fc.tuple(
          fc.record({
            apiVersion: fc.constant('networking.istio.io/v1beta1'),
            kind: fc.constant('VirtualService'),
            name,
          }),
        ),
      }),
    ),
  )
  .map(([ref, base]) => ({ ...ref, ...base }));

/** Steps with replicas that never decrease. */
const replicas = (count: number): fc.Arbitrary<IntOrPercent[]> =>
  fc.oneof(
    fc
      .array(fc.integer({ min: 1, max: 20 }), { minLength: count, maxLength: count })
      .map((list) => list.sort((a, b) => a - b)),
    fc
      .array(fc.integer({ min: 1, max: 100 }), { minLength: count, maxLength: count })
      .map((list) => list.sort((a, b) => a - b).map((share): Percentage => `${share}%`)),
  );

const traffic = fc.integer({ min: 1, max: 100 }).map((share): Percentage => `${share}%`);

/** What a step of a rollout with routing of its own may route. */
const routes = (match: fc.Arbitrary<Match>) =>
  fc
    .tuple(
      fc.oneof(
        fc.record({ traffic }),
        fc.record({ matches: fc.array(match, { minLength: 1, maxLength: 3 }) }),
        fc.constant({}),
      ),
      fc.option(modifier, { nil: undefined }),
    )
    .map(([route, requestHeaderModifier]) =>
      requestHeaderModifier && Object.keys(route).length > 0 ? { ...route, requestHeaderModifier } : route,
    );

const stepsOf = (route: fc.Arbitrary<Partial<Step>>): fc.Arbitrary<Step[]> =>
  fc
    .integer({ min: 1, max: 5 })
    .chain((count) =>
      fc
        .tuple(
          replicas(count),
          fc.array(fc.tuple(route, fc.record({ pause }, { requiredKeys: [] })), { minLength: count, maxLength: count }),
        )
        .map(([counts, rest]) => counts.map((n, i) => ({ replicas: n, ...rest[i]![0], ...rest[i]![1] }))),
    );

const patch = fc.record(
  { labels: fc.dictionary(token, value, { maxKeys: 2 }), annotations: fc.dictionary(token, value, { maxKeys: 2 }) },
  { requiredKeys: [] },
);

/** Valid rollouts, in a lane, with routing of their own, or without any. */
export const rolloutSpec = (match: fc.Arbitrary<Match>): fc.Arbitrary<RolloutSpec> => {
  const routing = fc.oneof(
    stepsOf(fc.constant({})).map((steps) => ({ steps })),
    fc.tuple(stepsOf(fc.constant({})), name).map(([steps, lane]) => ({ steps, trafficRoutingRef: lane })),
    fc.tuple(stepsOf(routes(match)), objectRef).map(([steps, ref]) => ({ steps, trafficRoutings: [ref] })),
  );
  const rest = fc.record(
    { name, namespace: name, workloadRef: fc.record({ name }), patchPodTemplateMetadata: patch },
    { requiredKeys: ['name', 'workloadRef'] },
  );
  return fc.tuple(rest, routing).map(([one, routed]) => ({ ...one, ...routed }));
};

/** Valid lanes that TrafficRouting can say. */
export const laneSpec: fc.Arbitrary<LaneSpec> = fc
  .tuple(
    fc.record({ name, namespace: name }, { requiredKeys: ['name'] }),
    objectRef,
    fc.oneof(
      fc.record({ matches: fc.array(headerMatch, { minLength: 1, maxLength: 3 }) }),
      fc.record({ weight: fc.integer({ min: 1, max: 100 }) }),
    ),
    fc.record({ requestHeaderModifier: modifier }, { requiredKeys: [] }),
  )
  .map(([names, ref, route, modified]) => ({ ...names, objectRef: [ref], ...route, ...modified }));
