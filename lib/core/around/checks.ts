import { outlookOf, type Prospect } from '../app/prospect';
import type { Member } from '../app/topology';
import { refuse, within } from '../errors';
import { defined, type Manifest } from '../manifests/manifest';
import { declaredAmong } from '../manifests/references';
import type { Templates } from '../release/ledger';
import type { Facts } from '../specs/replicas';
import { ambientNamespace, ambientPods } from './ambient-mesh';
import { attachments } from './attachments';
import { declaredReplicas, lowMinimum, sharedAverage, verticalAutoscaler } from './autoscalers';
import {
  type Check,
  type Finding,
  type ObjectKind,
  problemsOfWarnings,
  type WarnedObject,
  type Warning,
} from './check';
import { sharedBudget } from './disruption-budgets';
import { unprotectedCanary, unseenCanary, unseenService } from './left-out';
import { graceAfterHooks, gracePeriods, preStopHooks, readinessProbes, unreadyAddresses } from './lost-requests';
import { hostPorts } from './host-ports';
import { uncoveredCanary, unknownPeer } from './network-policies';
import { otherPods, waysAround } from './other-ways';
import { serviceSettings } from './service-settings';
import { shortQuota } from './quotas';
import { unmetGates } from './readiness-gates';
import { outdatedPolicy } from './outdated-policies';
import { keptReferences } from './references';
import { remainingPods } from './rolling-update';
import { sharedVolume } from './shared-volumes';
import { isLookedAt, kindsOf, Surroundings } from './surroundings';
import { unownedStable, unreachedPort, unselectedStable } from './stable-left-out';
import { unnamedBases } from './unnamed-bases';
import { unroutedRequests } from './unrouted-requests';

/** All that is looked at around a release. */
export const checks: readonly Check[] = [
  unownedStable,
  unselectedStable,
  unreachedPort,
  keptReferences,
  declaredReplicas,
  sharedAverage,
  lowMinimum,
  verticalAutoscaler,
  sharedBudget,
  uncoveredCanary,
  unknownPeer,
  unprotectedCanary,
  outdatedPolicy,
  unseenCanary,
  unseenService,
  unmetGates,
  attachments,
  serviceSettings,
  otherPods,
  unnamedBases,
  waysAround,
  readinessProbes,
  preStopHooks,
  graceAfterHooks,
  gracePeriods,
  unreadyAddresses,
  remainingPods,
  shortQuota,
  sharedVolume,
  hostPorts,
  unroutedRequests,
  ambientPods,
  ambientNamespace,
];

/** A kind of objects that has to be known beside what a rollout refers to, and where. */
export interface Place {
  readonly kind: ObjectKind;
  readonly namespace: string | undefined;
  /** The namespace itself. @default - all of the kind in the namespace */
  readonly name?: string;
}

/** What has to be listed in a cluster. */
export function placesAround(prospect: Prospect): Place[] {
  const places = checks.flatMap((check) =>
    (check.objects ?? []).flatMap((kind) =>
      namespacesOf(check, prospect).map(
        (namespace) => [[namespace, kind.apiVersion, kind.kind].join(), placeOf(kind, namespace)] as const,
      ),
    ),
  );
  return [...new Map(places).values()];
}

function placeOf(kind: ObjectKind, namespace: string | undefined): Place {
  return { kind, namespace, ...(kind.kind === 'Namespace' && namespace !== undefined && { name: namespace }) };
}

/** For checks that look at the rollout alone. */
const NO_OBJECT: Manifest = { apiVersion: '', kind: '', metadata: {} };

/** What the checks find of a release that has these objects around it. */
export function warningsOf(prospect: Prospect, objects: readonly Manifest[]): Warning[] {
  const { name, namespace } = prospect.workload;
  const deployment = { kind: 'Deployment', name: name!, ...defined({ namespace }) };
  const around = surroundingsOf(objects);
  return around.checks.flatMap((check) => {
    if (check.needs.some((fact) => prospect[fact] === undefined)) return [];
    const found =
      check.objects === undefined
        ? findings(check, prospect, NO_OBJECT, around)
        : objectsFor(check, prospect, around).flatMap((object) =>
            findings(check, prospect, object, around).map((finding) => ({ object: named(object), ...finding })),
          );
    return found.map((finding) => ({ check: check.name, object: deployment, ...finding }));
  });
}

/**
 * What the checks find of a release of an app that is about to begin.
 * @throws GraylaneError canary-left-out, for what protects stable and would not protect the canary; stable-left-out, for
 * what fits the new revision and not stable, or the other way round; readiness-gate, for what keeps the canary from ever
 * being ready
 */
export function warningsAround(
  member: Member,
  templates: Templates,
  objects: readonly Manifest[],
  facts: Facts = {},
): Warning[] {
  const found = foundAround(member, templates, objects, facts);
  refuseFound(member, found);
  return found;
}

/**
 * The same of a release that is under way: it goes on, unless stable would lose what it needs, or whoever leads to it.
 * @throws GraylaneError stable-left-out
 */
export function warningsUnderWay(
  member: Member,
  templates: Templates,
  objects: readonly Manifest[],
  facts: Facts = {},
): Warning[] {
  const found = foundAround(member, templates, objects, facts);
  refuseFound(
    member,
    found.filter(({ refused }) => refused?.code === 'stable-left-out'),
  );
  return found;
}

/** The same of the way back: nothing stops it. */
export function foundAround(
  member: Member,
  { stable, target, declaredWithStable = [] }: Templates,
  objects: readonly Manifest[],
  facts: Facts = {},
): Warning[] {
  const declared = declaredAmong(declaredWithStable, objects, member.deployment.metadata.namespace);
  const dropped = declaredWithStable.filter((reference) => !declared.includes(reference));
  return warningsOf({ ...outlookOf(member, target, facts), stable, target, dropped }, objects);
}

function refuseFound({ spec }: Member, found: readonly Warning[]): void {
  refuse(within(`rollout ${spec.name}`, problemsOfWarnings(found)));
}

function objectsFor(check: Check, prospect: Prospect, around: Surroundings): Manifest[] {
  const places = namespacesOf(check, prospect);
  return [
    ...places.flatMap((place) => around.of(check, place, check.foundBy?.keysFor(prospect))),
    ...around.reaching(check, prospect.workload.namespace, places),
  ];
}

/** Whether a check may look at such an object. */
export function mayBeAround(object: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return isLookedAt(object, kinds);
}

const kinds = kindsOf(checks);

/** Those of lists that are asked about again and again: of an app, for each of its rollouts. */
const surroundings = new WeakMap<readonly Manifest[], Surroundings>();

function surroundingsOf(objects: readonly Manifest[]): Surroundings {
  const known = surroundings.get(objects) ?? new Surroundings(objects, checks);
  surroundings.set(objects, known);
  return known;
}

function named({ kind, metadata: { name = '', namespace } }: Manifest): WarnedObject {
  return { kind, name, ...defined({ namespace }) };
}

/** In manifests, none is that of the whole app. */
function namespacesOf({ where }: Check, { workload, doubles }: Prospect): (string | undefined)[] {
  return where === 'routes' ? [...new Set(doubles.map(({ namespace }) => namespace))] : [workload.namespace];
}

/** Nobody has checked the shape of what is in a manifest: what is no list or map is for the API server to refuse. */
function findings(check: Check, prospect: Prospect, object: Manifest, around: Surroundings): readonly Finding[] {
  try {
    return check.findings(prospect, object, around);
  } catch (error) {
    if (error instanceof TypeError) return [];
    throw error;
  }
}
