/** What must never be, whoever is killed, slow or answered wrongly. */
import type { Live, LiveDeployment } from '../../lib/cluster';
import { isOurs, LANE_LABEL, parseLedger, ROLLOUT_LABEL } from '../../lib/core';

/** Header by which nobody is led to a canary that the gateway is to know. */
const WARM_UP = 'x-graylane-warm-up';
/** By which MSE is told to choose pods of a Service. */
const SUBSET = 'mse.ingress.kubernetes.io/service-subset';

/** What is wrong at this moment. */
export function forbidden(objects: readonly Live[]): string[] {
  const stables = objects.filter((one) => one.kind === 'Deployment' && !isOurs(one));
  return [
    ...stables.flatMap((stable) => wrongAboutStable(stable as LiveDeployment, objects)),
    ...objects.filter(isRoute).flatMap((route) => wrongAboutRoute(route, objects)),
    ...objects.flatMap(unreadable),
    ...objects.filter(isFreeLease).flatMap((lease) => wrongAboutLane(lease.metadata.labels?.[LANE_LABEL], objects)),
  ];
}

/** What is wrong about a route that was made just now. */
export function wrongAboutOpening(route: Live, objects: readonly Live[]): string[] {
  const lane = route.metadata.labels?.[LANE_LABEL];
  return isRoute(route) && lane !== undefined && holdersOf(lane, objects).length === 0
    ? [`the route of lane ${lane} opens, and nobody holds it (R4)`]
    : [];
}

/** What is wrong when nobody runs any more. */
export function forbiddenAtRest(objects: readonly Live[]): string[] {
  const releases = objects.filter(isRecord).flatMap((record) => (ledgerOf(record).release ? [rolloutOf(record)] : []));
  const left = objects.filter((one) => isOurs(one) && !isStored(one) && !releases.includes(rolloutOf(one)));
  const lanes = new Set(objects.filter(isRoute).flatMap(({ metadata }) => metadata.labels?.[LANE_LABEL] ?? []));
  const unheld = [...lanes].filter((lane) => holdersOf(lane, objects).length === 0);
  return [
    ...left
      .filter((one) => one.metadata.labels?.[LANE_LABEL] === undefined)
      .map(({ kind, metadata }) => `${kind} ${metadata.name} is left over at rest`),
    ...unheld.map((lane) => `the route of lane ${lane} is held by nobody (R4)`),
  ];
}

/** As many ready pods as it wants, of its own template. */
export function isRolledOut(name: string, objects: readonly Live[]): boolean {
  const stable = objects.find((one) => one.kind === 'Deployment' && one.metadata.name === name) as LiveDeployment;
  const { template, replicas = 1 } = stable.spec;
  const image = imageOf({ ...stable, spec: template.spec });
  return readyPods(objects, name).filter((pod) => imageOf(pod) === image).length >= replicas;
}

function wrongAboutStable({ metadata: { name }, spec }: LiveDeployment, objects: readonly Live[]): string[] {
  const wanted = spec.replicas ?? 1;
  const ready = readyPods(objects, name).length;
  // A rolling update of three, with 25 % rounded down, takes none away.
  return ready < wanted ? [`${name} has ${ready} of ${wanted} pods (${spec.paused ? 'R2' : 'R3'})`] : [];
}

function wrongAboutRoute(route: Live, objects: readonly Live[]): string[] {
  const find = (kind: string, name: string) => objects.some((one) => one.kind === kind && one.metadata.name === name);
  const lacks = backendsOf(route).filter((backend) => !find('Service', backend));
  const canaries = ledTo(route, objects).flatMap((name) => {
    const pods = readyPods(objects, name);
    return [
      ...(find('Deployment', name) ? [] : [`${name} is gone and its route lives (R3)`]),
      ...(pods.length > 0 ? [] : [`the route to ${name} is open and no pod of it is ready (R1)`]),
      ...(new Set(pods.map(imageOf)).size > 1 ? [`two revisions of ${name} are behind one route (R7)`] : []),
    ];
  });
  return [...lacks.map((backend) => `Service ${backend} is gone and its route lives (R3)`), ...canaries];
}

/** The canaries that get requests. */
export function openTo(objects: readonly Live[]): string[] {
  return [...new Set(objects.filter(isRoute).flatMap((route) => ledTo(route, objects)))];
}

/**
 * The canaries that get requests by this route. Of a lane: that of the entry where the route chooses its subset, whoever
 * holds the lane, and those of all who do.
 */
function ledTo(route: Live, objects: readonly Live[]): string[] {
  const lane = route.metadata.labels?.[LANE_LABEL];
  if (lane === undefined) return backendsOf(route).filter((name) => name.endsWith('-canary'));
  const entry = route.metadata.annotations?.[SUBSET] ? backendsOf(route).map((name) => `${name}-canary`) : [];
  return [...new Set([...entry, ...holdersOf(lane, objects)])];
}

/** R4: who has the lane's Lease has brought route and holders together before he gives it back. */
function wrongAboutLane(lane: string | undefined, objects: readonly Live[]): string[] {
  if (lane === undefined) return [];
  const isOpen = objects.some((one) => isRoute(one) && one.metadata.labels?.[LANE_LABEL] === lane);
  return isOpen && holdersOf(lane, objects).length === 0
    ? [`the route of lane ${lane} is open, nobody holds it, and nobody is about to change it (R4)`]
    : [];
}

function isFreeLease(object: Live): boolean {
  return object.kind === 'Lease' && holderOf(object) === undefined;
}

export function holderOf({ spec }: Live): string | undefined {
  return (spec as { holderIdentity?: string } | undefined)?.holderIdentity;
}

interface Rules {
  readonly rules: readonly {
    readonly http?: {
      readonly paths: readonly { readonly backend: { readonly service: { readonly name: string } } }[];
    };
    readonly matches?: readonly { readonly headers?: readonly { readonly name: string }[] }[];
    readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
  }[];
}

/** The Services that get requests of users by it, which a warm-up sends none. */
function backendsOf({ spec }: Live): string[] {
  return (spec as Rules).rules
    .filter(({ matches = [] }) => !matches.some(({ headers = [] }) => headers.some(({ name }) => name === WARM_UP)))
    .flatMap(({ http, backendRefs = [] }) => [
      ...(http?.paths ?? []).map(({ backend }) => backend.service.name),
      ...backendRefs.filter(({ weight }) => weight !== 0).map(({ name }) => name),
    ]);
}

/** By the name of their ReplicaSet: on some gateways canary pods have all of stable's labels. */
function readyPods(objects: readonly Live[], deployment: string): Live[] {
  const name = new RegExp(`^${deployment}-[0-9a-f]{10}-`);
  return objects.filter((one) => one.kind === 'Pod' && name.test(one.metadata.name) && isReady(one));
}

function isReady({ status }: Live): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

function imageOf({ spec }: Live): string {
  return (spec as { containers: { image: string }[] }).containers[0]!.image;
}

/** Each version of a record is read once. */
const read = new WeakMap<Live, readonly string[]>();

function unreadable(object: Live): readonly string[] {
  if (!isRecord(object)) return [];
  const known = read.get(object) ?? wrongAboutRecord(object);
  read.set(object, known);
  return known;
}

function wrongAboutRecord(record: Live): string[] {
  try {
    ledgerOf(record);
    return [];
  } catch (error) {
    return [`the ledger of ${rolloutOf(record)} cannot be read: ${(error as Error).message}`];
  }
}

function isRecord({ kind, metadata }: Live): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[ROLLOUT_LABEL] !== undefined;
}

function isLane({ kind, metadata }: Live, lane: string): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[LANE_LABEL] === lane;
}

/** The canaries of those who hold a lane. */
function holdersOf(lane: string, objects: readonly Live[]): string[] {
  const record = objects.find((one) => isLane(one, lane));
  const { holders = '[]' } = (record?.data ?? {}) as { holders?: string };
  const all = JSON.parse(holders) as { deployment: string; holds: boolean }[];
  return all.filter(({ holds }) => holds).map(({ deployment }) => `${deployment}-canary`);
}

/** Canary Ingresses are objects beside the user's, and HTTPRoutes may be his own. */
function isRoute(object: Live): boolean {
  return object.kind === 'HTTPRoute' || (object.kind === 'Ingress' && isOurs(object));
}

function rolloutOf({ metadata }: Live): string {
  return metadata.labels?.[ROLLOUT_LABEL] ?? '';
}

function ledgerOf(record: Live) {
  return parseLedger((record.data as { ledger: string }).ledger, record.metadata.name);
}

function isStored({ kind }: Live): boolean {
  return kind === 'ConfigMap' || kind === 'Lease';
}
