import { type ErrorCode, type Problem, problem } from '../errors';
import { demand, TOKEN } from './demand';
import { wrongFields } from '../manifests/shape';
import { isReplicas, percentage } from './replicas';
import { checkChecks } from './check-validation';
import { BAGGAGE, isBaggageEntry } from './baggage';
import { tagCondition } from './lane';
import { laneShape, rolloutShape } from './spec-shape';
import type {
  HeaderModifier,
  IntOrPercent,
  LaneSpec,
  Match,
  ObjectRef,
  PathMatch,
  RolloutSpec,
  RouteSpec,
  Step,
  ValueMatch,
} from './spec';

const DNS_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
/** A line break would inject a header, and a control character is refused by every gateway. */
const ONE_LINE = /^[\x20-\x7e\u00a0-\uffff]+$/;
const MOST = 16;
const MOST_STEPS = 50;
const ROLLOUT = rolloutShape();
const LANE = laneShape();

/** Specs in which nothing was wrong: constructs check theirs when they are made, and an app is resolved again and again. */
const right = new WeakSet<object>();

/** Everything that is wrong with a rollout by itself; what it refers to is checked by `resolve`. */
export function checkRollout(spec: RolloutSpec): Problem[] {
  return checkedOnce(spec, inRollout);
}

/** Everything that is wrong with a lane by itself. */
export function checkLane(lane: LaneSpec): Problem[] {
  return checkedOnce(lane, inLane);
}

function checkedOnce<T extends object>(spec: T, look: (spec: T) => Problem[]): Problem[] {
  if (right.has(spec)) return [];
  const problems = look(spec);
  if (problems.length === 0) right.add(spec);
  return problems;
}

function inRollout(spec: RolloutSpec): Problem[] {
  const wrong = wrongFields(ROLLOUT, spec);
  if (wrong.length > 0) return wrong;
  return [
    ...checkName(spec.name),
    ...checkWorkloadRef(spec),
    ...checkRoutingKind(spec),
    ...checkRefs(spec.trafficRoutings ?? [], 'trafficRoutings'),
    ...checkSteps(spec),
    ...checkChecks(spec),
  ];
}

function inLane(lane: LaneSpec): Problem[] {
  const wrong = wrongFields(LANE, lane);
  if (wrong.length > 0) return wrong;
  return [
    ...checkName(lane.name),
    ...demand(lane.objectRef.length > 0, 'lane-objects', 'objectRef', lane.objectRef),
    ...checkRefs(lane.objectRef, 'objectRef'),
    ...checkHops(lane),
    ...checkTag(lane),
    ...demand(lane.matches?.length || lane.weight !== undefined, 'lane-unrouted', 'matches', lane.matches),
    ...checkRouteSpec(lane, ''),
  ];
}

function checkHops(lane: LaneSpec): Problem[] {
  const { hops = [], objectRef, requestHeaderModifier } = lane;
  const tagged = hops.length === 0 || tagCondition(lane) !== undefined;
  const own = hops.findIndex((hop) => objectRef.some(({ service }) => service === hop.service));
  return [
    ...hops.flatMap((ref, i) => checkObjectRef(ref, `hops[${i}]`)),
    ...demand(own < 0, 'lane-hop', `hops[${own}].service`, hops[own]?.service),
    ...demand(tagged, 'lane-untagged', 'requestHeaderModifier.set', requestHeaderModifier?.set),
  ];
}

/** The baggage is the client's: the lane appends its entry, and does nothing else to it. */
function checkTag({ tag, requestHeaderModifier: { set = [], add = [], remove = [] } = {} }: LaneSpec): Problem[] {
  if (tag === undefined) return [];
  const changed = Object.entries({ set, add, remove }).flatMap(([kind, list]) =>
    list.flatMap((entry, i) => {
      const name = typeof entry === 'string' ? entry : (entry.name ?? '');
      const path = `requestHeaderModifier.${kind}[${i}]`;
      return demand(name.toLowerCase() !== BAGGAGE, 'tag-changed', path, name);
    }),
  );
  return [...demand(isBaggageEntry(tag.baggage), 'tag-entry', 'tag.baggage', tag.baggage), ...changed];
}

function checkName(name: string): Problem[] {
  return demand(DNS_NAME.test(name), 'name-invalid', 'metadata.name', name);
}

function checkWorkloadRef({
  workloadRef: { apiVersion = 'apps/v1', kind = 'Deployment', name },
}: RolloutSpec): Problem[] {
  const supported = apiVersion === 'apps/v1' && kind === 'Deployment';
  return [
    ...demand(supported, 'workload-kind', 'workloadRef.kind', `${apiVersion} ${kind}`),
    ...demand(name, 'workload-missing', 'workloadRef.name', name),
  ];
}

function checkRoutingKind({ trafficRoutingRef, trafficRoutings = [] }: RolloutSpec): Problem[] {
  const either = trafficRoutingRef === undefined || trafficRoutings.length === 0;
  return demand(either, 'routing-twice', 'trafficRoutingRef', trafficRoutingRef);
}

/** Bases of one Service: one routing has the requests of one. */
function checkRefs(refs: readonly ObjectRef[], path: string): Problem[] {
  const services = new Set(refs.map(({ service }) => service));
  return [
    ...refs.flatMap((ref, i) => checkObjectRef(ref, `${path}[${i}]`)),
    ...demand(services.size <= 1, 'routing-services', path, [...services]),
  ];
}

function checkObjectRef(ref: ObjectRef, path: string): Problem[] {
  const bases = [ref.ingress, ref.gateway, ref.customNetworkRefs?.length ? ref.customNetworkRefs : undefined];
  const given = bases.filter((base) => base !== undefined);
  const grace = ref.gracePeriodSeconds ?? 0;
  const { httpRouteName, grpcRouteName } = ref.gateway ?? {};
  const routes = [httpRouteName, grpcRouteName].filter((name) => name !== undefined);
  return [
    ...demand(ref.service, 'service-missing', `${path}.service`, ref.service),
    ...demand(given.length === 1, 'base-missing', path, `${given.length} bases`),
    ...demand(
      ref.gateway === undefined || routes.length === 1,
      'gateway-routes',
      `${path}.gateway`,
      `${routes.length} routes`,
    ),
    ...demand(Number.isInteger(grace) && grace >= 0, 'grace-negative', `${path}.gracePeriodSeconds`, grace),
  ];
}

function checkSteps(spec: RolloutSpec): Problem[] {
  const { steps } = spec;
  const count = steps.length >= 1 && steps.length <= MOST_STEPS;
  return [
    ...demand(count, 'steps-count', 'steps', `${steps.length} steps`),
    ...steps.flatMap((step, i) => checkStep(step, steps[i - 1], spec, `steps[${i}]`)),
  ];
}

function checkStep(step: Step, previous: Step | undefined, spec: RolloutSpec, path: string): Problem[] {
  const { traffic, matches, pause } = step;
  const duration = pause?.duration ?? 0;
  return [
    ...checkReplicas(step, previous, path),
    ...demand(
      traffic === undefined || percentage(traffic) !== undefined,
      'traffic-invalid',
      `${path}.traffic`,
      traffic,
    ),
    ...demand(matches?.length !== 0, 'matches-count', `${path}.matches`, '0 matches'),
    ...checkRouteSpec(step, path),
    ...checkStepRouting(step, spec, path),
    ...demand(Number.isInteger(duration) && duration >= 0, 'pause-duration', `${path}.pause.duration`, duration),
  ];
}

function checkReplicas({ replicas }: Step, previous: Step | undefined, path: string): Problem[] {
  const at = `${path}.replicas`;
  if (replicas === undefined) return [problem('replicas-missing', at, replicas)];
  if (!isReplicas(replicas)) return [problem('replicas-invalid', at, replicas)];
  const before = previous?.replicas;
  // A number and a percentage cannot be compared before the workload is known; they are when replicas are computed.
  if (typeof before !== typeof replicas || !isReplicas(before)) return [];
  return size(replicas) < size(before) ? [problem('replicas-decreasing', at, replicas)] : [];
}

function size(replicas: IntOrPercent): number {
  return typeof replicas === 'number' ? replicas : percentage(replicas)!;
}

function checkStepRouting(step: Step, spec: RolloutSpec, path: string): Problem[] {
  const routes = (['traffic', 'matches'] as const).filter((field) => step[field] !== undefined);
  const given = [...routes, ...(step.requestHeaderModifier ? (['requestHeaderModifier'] as const) : [])];
  const all = (code: ErrorCode, fields: readonly string[]) =>
    fields.map((field) => problem(code, `${path}.${field}`, field));
  if (spec.trafficRoutingRef !== undefined) return all('routing-in-lane', given);
  if (!spec.trafficRoutings?.length) return all('routing-missing', given);
  return given.length > 0 && routes.length === 0 ? all('modifier-unrouted', given) : [];
}

function checkRouteSpec({ matches = [], weight, requestHeaderModifier }: RouteSpec, path: string): Problem[] {
  const prefix = path === '' ? '' : `${path}.`;
  const tags = requestHeaderModifier?.set?.map(({ name }) => name) ?? [];
  const whole = weight === undefined || (Number.isInteger(weight) && weight >= 1 && weight <= 100);
  return [
    ...demand(whole, 'weight-invalid', `${prefix}weight`, weight),
    ...demand(matches.length <= MOST, 'matches-count', `${prefix}matches`, `${matches.length} matches`),
    ...matches.flatMap((match, i) => checkMatch(match, `${prefix}matches[${i}]`)),
    ...checkTags(matches, tags, `${prefix}matches`),
    ...(requestHeaderModifier ? checkModifier(requestHeaderModifier, `${prefix}requestHeaderModifier`) : []),
  ];
}

function checkMatch(match: Match, path: string): Problem[] {
  const { headers = [], queryParams = [], cookies = [] } = match;
  const conditions = headers.length + queryParams.length + cookies.length + (match.path ? 1 : 0);
  return [
    ...demand(conditions > 0, 'match-empty', path, match),
    ...(match.path ? checkPath(match.path, `${path}.path`) : []),
    // Header names have no case; names of query parameters and cookies have.
    ...checkConditions(headers, `${path}.headers`, (name) => name.toLowerCase()),
    ...checkConditions(queryParams, `${path}.queryParams`),
    ...checkConditions(cookies, `${path}.cookies`),
  ];
}

function checkPath({ type, value }: PathMatch, path: string): Problem[] {
  const known = ['Exact', 'PathPrefix', 'RegularExpression'].includes(type);
  const valid = type === 'RegularExpression' ? isRegex(value) : value.startsWith('/') && ONE_LINE.test(value);
  return [
    ...demand(known, 'path-type', `${path}.type`, type),
    ...demand(valid, type === 'RegularExpression' ? 'condition-regex' : 'path-value', `${path}.value`, value),
  ];
}

function checkConditions(conditions: readonly ValueMatch[], path: string, fold = (name: string) => name): Problem[] {
  const names = conditions.map(({ name }) => fold(name ?? ''));
  return [
    ...demand(conditions.length <= MOST, 'conditions-count', path, `${conditions.length} entries`),
    ...conditions.flatMap((condition, i) => [
      ...checkCondition(condition, `${path}[${i}]`),
      ...demand(names.indexOf(names[i]!) === i, 'condition-duplicate', `${path}[${i}].name`, condition.name),
    ]),
  ];
}

function checkCondition({ type = 'Exact', name, value }: ValueMatch, path: string): Problem[] {
  const known = type === 'Exact' || type === 'RegularExpression';
  const written = isWritten(value);
  const readable = !written || type !== 'RegularExpression' || isRegex(value);
  return [
    ...demand(TOKEN.test(name ?? ''), 'condition-name', `${path}.name`, name),
    ...demand(known, 'condition-type', `${path}.type`, type),
    ...demand(written, 'condition-value', `${path}.value`, value),
    ...demand(readable, 'condition-regex', `${path}.value`, value),
  ];
}

function isRegex(value: string): boolean {
  try {
    new RegExp(value);
    return true;
  } catch {
    return false;
  }
}

/** A tag marks requests that are in a lane: a match on it would take them out again. */
export function checkTags(matches: readonly Match[], tags: readonly string[], path: string): Problem[] {
  const reserved = new Set(tags.map((name) => name.toLowerCase()));
  return matches.flatMap(({ headers = [] }, i) =>
    headers.flatMap(({ name }, j) =>
      demand(!reserved.has((name ?? '').toLowerCase()), 'condition-reserved', `${path}[${i}].headers[${j}].name`, name),
    ),
  );
}

function checkModifier(modifier: HeaderModifier, path: string): Problem[] {
  const { set = [], add = [], remove = [] } = modifier;
  const values = [
    ...set.map((entry, i) => ({ ...entry, at: `${path}.set[${i}]` })),
    ...add.map((entry, i) => ({ ...entry, at: `${path}.add[${i}]` })),
  ];
  const entries = [...values, ...remove.map((name, i) => ({ name, at: `${path}.remove[${i}]` }))];
  const names = entries.map(({ name }) => (name ?? '').toLowerCase());
  const counts = Object.entries({ set, add, remove }).filter(([, list]) => list.length > MOST);
  return [
    ...demand(entries.length > 0, 'modifier-empty', path, modifier),
    ...counts.map(([kind, list]) => problem('modifier-count', `${path}.${kind}`, `${list.length} entries`)),
    ...values.flatMap(({ value, at }) => demand(isHeaderValue(value), 'modifier-value', `${at}.value`, value)),
    ...entries.flatMap(({ name, at }, i) => [
      ...demand(TOKEN.test(name ?? ''), 'modifier-name', at, name),
      ...demand(names.indexOf(names[i]!) === i, 'modifier-duplicate', at, name),
    ]),
  ];
}

/** Quotes and backslashes are syntax in the annotations of several gateways. */
function isHeaderValue(value: unknown): boolean {
  return isWritten(value) && !/["\\]/.test(value);
}

/** HTTP takes spaces off both ends of a header's value. */
function isWritten(value: unknown): value is string {
  return typeof value === 'string' && ONE_LINE.test(value) && value.trim() === value;
}
