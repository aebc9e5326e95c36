import {
  defined,
  type Deployment,
  type Manifest,
  type ObjectMeta,
  type PodTemplate,
  type Service,
  type StringMap,
} from '../manifests/manifest';
import type { Caveat } from '../routes/gateway';
import { routeOf, shareOfStable } from '../release/stages';
import { caveatsOf } from '../routes/possible-routes';
import { canaryReplicas, type Facts } from '../specs/replicas';
import type { Double } from './doubles';
import type { Separation } from './separation';
import type { Member } from './topology';
import { canaryObjectLabels, canaryPodLabels } from './workload';

/** What a release is going to do, for the checks of what is around it. */
export interface Prospect extends Outlook {
  /** @default - not known */
  readonly stable?: PodTemplate;
  readonly target: PodTemplate;
  /**
   * What stable's template refers to, which the app declared with it, and declares no longer (`ConfigMap settings`).
   * @default - nobody knows, or nothing
   */
  readonly dropped?: readonly string[];
}

/** What of it needs neither template. */
export interface Outlook {
  /** The released Deployment, as declared. */
  readonly workload: Pick<ObjectMeta, 'name' | 'namespace'> &
    Pick<Deployment['spec'], 'replicas' | 'strategy' | 'selector'>;
  readonly separation: Separation['by'];
  /** The user's Services that select the workload's pods. */
  readonly services: readonly ServiceTraits[];
  /** Unknown where they are left to somebody else, and nobody can be asked. */
  readonly replicas?: {
    readonly stable: number;
    /** The most that it will have. */
    readonly canary: number;
    /** Those of the canary at each step. */
    readonly steps: readonly number[];
  };
  /** The most percent of the requests that a step leads to the canary for more than a moment, as far as is known. */
  readonly mostMoved: number;
  /** Seconds between a change of its route and the next stage. @default - nothing routes */
  readonly gracePeriodSeconds?: number;
  /** Objects that its routes are written for, in the namespace of their Services. */
  readonly bases: readonly Manifest[];
  /** Labels of canary pods. */
  readonly canaryLabels: StringMap;
  /** Labels of the canary's own Services, where it has any. */
  readonly canaryServiceLabels: StringMap;
  readonly canaryServiceAnnotations: StringMap;
  readonly doubles: readonly Double[];
  /** What its routes will do otherwise than their words say. */
  readonly caveats: readonly RouteCaveat[];
}

/** A caveat, with the base that it is about. */
export interface RouteCaveat extends Caveat {
  readonly object: Pick<Manifest, 'kind'> & Pick<ObjectMeta, 'name' | 'namespace'>;
}

export interface ServiceTraits extends Pick<ObjectMeta, 'name' | 'namespace'> {
  readonly selector: StringMap;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly headless: boolean;
  /** It has a way in from outside the cluster by itself. */
  readonly external: boolean;
  readonly publishesNotReady: boolean;
  /** Each client address stays with one pod. */
  readonly sticky: boolean;
  /** Requests come by it from the base of a routing. */
  readonly routed: boolean;
  /** Names or numbers, in the order of its ports. */
  readonly targetPorts: readonly (number | string)[];
}

/**
 * What a release of this template is going to do.
 * @param facts stable's current replicas, where somebody can be asked
 */
export function outlookOf(member: Member, target: PodTemplate, facts: Facts = {}): Outlook {
  const { spec, deployment, separation, services, routed, doubles } = member;
  const { name, namespace } = deployment.metadata;
  const { replicas, strategy, selector } = deployment.spec;
  return defined({
    workload: defined({ name, namespace, replicas, strategy, selector }),
    separation: separation.by,
    services: services.map((service) => serviceTraits(service, routed.includes(service))),
    replicas: replicasOf(member, { ...defined({ stableReplicas: replicas }), ...facts }),
    bases: (member.routing?.bases ?? []).map(({ object }) => object),
    canaryLabels: canaryPodLabels(target, spec, separation),
    mostMoved: mostMoved(member),
    canaryServiceLabels: canaryObjectLabels(spec, 'services'),
    canaryServiceAnnotations: spec.patchCanaryMetadata?.services?.annotations ?? {},
    gracePeriodSeconds: member.routing?.gracePeriodSeconds,
    doubles,
    caveats: caveatsOf(member).map(({ base: { kind, metadata }, ...caveat }) => ({
      ...caveat,
      object: { kind, ...defined({ name: metadata.name, namespace: metadata.namespace }) },
    })),
  });
}

function mostMoved({ plan }: Member): number {
  const lasting = plan.steps.flatMap(({ pause }, i) => (pause?.duration === 0 ? [] : [i + 1]));
  return Math.max(0, ...lasting.map((step) => 100 - shareOfStable(routeOf(plan, step), plan, undefined)));
}

/** Whether the canary has a Service in the place of this one. */
export function isDoubled({ name, namespace }: ServiceTraits, { doubles }: Pick<Outlook, 'doubles'>): boolean {
  return doubles.some((one) => one.kind === 'Service' && one.name === name && one.namespace === namespace);
}

function serviceTraits({ metadata, spec }: Service, routed: boolean): ServiceTraits {
  const { selector = {}, ports = [], clusterIP, publishNotReadyAddresses, sessionAffinity, type } = spec;
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  return {
    ...defined({ name, namespace }),
    labels,
    annotations,
    selector,
    headless: clusterIP === 'None',
    external: type === 'LoadBalancer' || type === 'NodePort',
    publishesNotReady: publishNotReadyAddresses === true,
    sticky: sessionAffinity === 'ClientIP',
    routed,
    targetPorts: ports.map(({ port, targetPort = port }) => targetPort),
  };
}

function replicasOf({ spec: { steps: all } }: Member, { stableReplicas: stable }: Facts): Outlook['replicas'] {
  if (stable === undefined) return undefined;
  const steps = all.map((_, i) => canaryReplicas(all, i + 1, { stableReplicas: stable }));
  return { stable, canary: Math.max(1, ...steps), steps };
}
