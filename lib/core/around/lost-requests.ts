import type { PodTemplate } from '../manifests/manifest';
import { checkOf } from './check';

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly terminationGracePeriodSeconds?: number;
}

interface Container {
  readonly name?: string;
  readonly ports?: readonly unknown[];
  readonly readinessProbe?: unknown;
  readonly lifecycle?: { readonly preStop?: Hook };
}

interface Hook {
  readonly sleep?: { readonly seconds?: number };
  readonly exec?: { readonly command?: readonly string[] };
}

/** What Kubernetes gives a pod to end, unless its template says otherwise. */
const GRACE = 30;

/** Measured: without a probe, a rolling update sends requests to pods that do not listen yet. */
export const readinessProbes = checkOf({
  name: 'readiness-probe',
  about: 'a container behind a Service without a readiness probe',
  effect: 'requests are lost while its pods start',
  needs: [],
  findings: ({ target, services }) => {
    const unprobed = serving(target).filter(({ readinessProbe }) => readinessProbe === undefined);
    if (services.length === 0 || unprobed.length === 0) return [];
    return [
      {
        reason: `has no readinessProbe in container ${names(unprobed)}: requests reach its pods before they can answer`,
        wayOut: 'add one that holds once the container answers requests',
      },
    ];
  },
});

/** Measured: a pod that ends at once still gets requests until every proxy has heard of it. */
export const preStopHooks = checkOf({
  name: 'pre-stop',
  about: 'a container behind a Service that stops at once',
  effect: 'requests are lost while its pods stop',
  needs: [],
  findings: ({ target, services }) => {
    const hasty = serving(target).filter(({ lifecycle }) => lifecycle?.preStop === undefined);
    if (services.length === 0 || hasty.length === 0) return [];
    return [
      {
        reason: `has no lifecycle.preStop in container ${names(hasty)}: its pods stop while requests are still sent to them`,
        wayOut: 'add one that sleeps a second or more',
      },
    ];
  },
});

/** The time that a pod gets to end runs while its hooks do. */
export const graceAfterHooks = checkOf({
  name: 'termination-grace',
  about: 'a preStop sleep that lasts as long as terminationGracePeriodSeconds, or longer',
  effect: 'pods are killed with requests that they are at',
  needs: [],
  findings: ({ target, services }) => {
    const { terminationGracePeriodSeconds: grace = GRACE } = podSpec(target);
    const slow = serving(target).filter((container) => sleepOf(container) >= grace);
    if (services.length === 0 || slow.length === 0) return [];
    const longest = Math.max(...slow.map(sleepOf));
    return [
      {
        reason: `gives its pods ${grace} s to end, and lifecycle.preStop of container ${names(slow)} sleeps ${longest} s: they are killed with the requests that they are at`,
        wayOut: `set terminationGracePeriodSeconds to more than ${longest}, by as long as a request takes`,
      },
    ];
  },
});

/** A Service that leads to pods whether they are ready or not makes the probe useless. */
export const unreadyAddresses = checkOf({
  name: 'not-ready-addresses',
  about: 'a Service with publishNotReadyAddresses: true that has an address of its own',
  effect: 'requests are lost while its pods start and stop',
  needs: [],
  findings: ({ services }) =>
    services
      // Without an address it is how peers find each other before they are ready, and no requests of users come by it.
      .filter(({ headless, publishesNotReady }) => publishesNotReady && !headless)
      .map(({ headless: _, publishesNotReady: __, name, ...metadata }) => ({
        object: { kind: 'Service', name: name!, ...metadata },
        reason: 'has publishNotReadyAddresses: true, and so leads to pods that are not ready yet, or not any more',
        wayOut: 'leave it out, and let peers find each other by a headless Service of their own',
      })),
});

function podSpec({ spec }: PodTemplate): PodSpec {
  return spec ?? {};
}

/** Containers that get requests: those with ports, or the only one. */
function serving(template: PodTemplate): readonly Container[] {
  const { containers = [] } = podSpec(template);
  return containers.length === 1 ? containers : containers.filter(({ ports }) => ports?.length);
}

/** Seconds that its hook sleeps; 0 for one that does something else. */
function sleepOf({ lifecycle }: Container): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  const inWords = /(?:^|\s)sleep (\d+)$/.exec(exec?.command?.join(' ') ?? '')?.[1];
  return sleep?.seconds ?? Number(inWords ?? 0);
}

function names(containers: readonly Container[]): string {
  return containers.map(({ name }) => name ?? '(without name)').join(', ');
}
