/** What must never be, whoever is killed, slow or answered wrongly. */
import type { Live, LiveDeployment } from '../../lib/cluster';
import { isOurs, LANE_LABEL, parseLedger, ROLLOUT_LABEL } from '../../lib/core';

/** What is wrong at this moment. */
export function forbidden(objects: readonly Live[]): string[] {
  return [...canaries(objects).flatMap((name) => wrongAbout(name, objects)), ...objects.flatMap(unreadable)];
}

/** What is wrong when nobody runs any more. */
export function forbiddenAtRest(objects: readonly Live[]): string[] {
  const releases = objects.filter(isRecord).flatMap((record) => (ledgerOf(record).release ? [rolloutOf(record)] : []));
  const left = objects.filter((one) => isOurs(one) && !isStored(one) && !releases.includes(rolloutOf(one)));
  const lanes = new Set(objects.filter(isRoute).flatMap(({ metadata }) => metadata.labels?.[LANE_LABEL] ?? []));
  const unheld = [...lanes].filter((lane) => !objects.some((one) => isLane(one, lane) && holds(one)));
  return [
    ...left
      .filter((one) => one.metadata.labels?.[LANE_LABEL] === undefined)
      .map(({ kind, metadata }) => `${kind} ${metadata.name} is left over at rest`),
    ...unheld.map((lane) => `the route of lane ${lane} is held by nobody (R4)`),
  ];
}

/** Deployments that have, or had, a canary: by what could lead to one. */
function canaries(objects: readonly Live[]): string[] {
  const names = objects
    .filter(({ kind, metadata }) => kind !== 'Pod' && kind !== 'ReplicaSet' && metadata.name.endsWith('-canary'))
    .map(({ metadata }) => metadata.name.replace(/-canary$/, ''));
  return [...new Set(names)];
}

function wrongAbout(name: string, objects: readonly Live[]): string[] {
  const find = (kind: string, of: string) => objects.find((one) => one.kind === kind && one.metadata.name === of);
  const stable = find('Deployment', name) as LiveDeployment | undefined;
  const canary = find('Deployment', `${name}-canary`);
  const route = find('Ingress', `${name}-canary`);
  const wanted = stable?.spec.replicas ?? 0;
  const ready = readyPods(objects, name).length;
  const canaries = readyPods(objects, `${name}-canary`);
  const lacks = route ? backendsOf(route).filter((backend) => !find('Service', backend)) : [];
  return [
    ...(route && canaries.length === 0 ? [`the route to ${name}'s canary is open and no pod of it is ready (R1)`] : []),
    ...(route && !canary ? [`${name}'s canary is gone and its route lives (R3)`] : []),
    ...lacks.map((backend) => `Service ${backend} is gone and its route lives (R3)`),
    ...(stable && ready < wanted
      ? [
          `${name} has ${ready} of ${wanted} pods ${canary && stable.spec.paused ? 'before promotion (R2)' : 'in a rolling update (R3)'}`,
        ]
      : []),
    ...(route && new Set(canaries.map(imageOf)).size > 1 ? [`two revisions of ${name} are behind one route (R7)`] : []),
  ];
}

function backendsOf({ spec }: Live): string[] {
  const { rules } = spec as { rules: { http: { paths: { backend: { service: { name: string } } }[] } }[] };
  return rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name));
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

function unreadable(object: Live): string[] {
  if (!isRecord(object)) return [];
  try {
    ledgerOf(object);
    return [];
  } catch (error) {
    return [`the ledger of ${rolloutOf(object)} cannot be read: ${(error as Error).message}`];
  }
}

function isRecord({ kind, metadata }: Live): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[ROLLOUT_LABEL] !== undefined;
}

function isLane({ kind, metadata }: Live, lane: string): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[LANE_LABEL] === lane;
}

function holds(lane: Live): boolean {
  return ((lane.data as { holders?: string }).holders ?? '[]').includes('"holds": true');
}

function isRoute(object: Live): boolean {
  return object.kind === 'Ingress' && isOurs(object);
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
