import { type Check, checkOf, type Finding, serviceObject } from './check';

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
export const readinessProbes = containerCheck({
  name: 'readiness-probe',
  about: 'a container behind a Service without a readiness probe',
  effect: 'requests are lost while its pods start',
  lacking: ({ readinessProbe }) => readinessProbe === undefined,
  finding: (names) => ({
    reason: `has no readinessProbe in container ${names}: requests reach its pods before they can answer`,
    wayOut: 'add one that holds once the container answers requests',
  }),
});

/** Measured: a pod that ends at once still gets requests until every proxy has heard of it. */
export const preStopHooks = containerCheck({
  name: 'pre-stop',
  about: 'a container behind a Service that stops at once',
  effect: 'requests are lost while its pods stop',
  lacking: ({ lifecycle }) => lifecycle?.preStop === undefined,
  finding: (names) => ({
    reason: `has no lifecycle.preStop in container ${names}: its pods stop while requests are still sent to them`,
    wayOut: 'add one that sleeps a second or more',
  }),
});

/** The time that a pod gets to end runs while its hooks do. */
export const graceAfterHooks = containerCheck({
  name: 'termination-grace',
  about: 'a preStop sleep that lasts as long as terminationGracePeriodSeconds, or longer',
  effect: 'pods are killed with requests that they are at',
  lacking: (container, grace) => sleepOf(container) >= grace,
  finding: (names, grace, slow) => {
    const longest = Math.max(...slow.map(sleepOf));
    return {
      reason: `gives its pods ${grace} s to end, and lifecycle.preStop of container ${names} sleeps ${longest} s: they are killed with the requests that they are at`,
      wayOut: `set terminationGracePeriodSeconds to more than ${longest}, by as long as a request takes`,
    };
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
      .map((service) => ({
        object: serviceObject(service),
        reason: 'has publishNotReadyAddresses: true, and so leads to pods that are not ready yet, or not any more',
        wayOut: 'leave it out, and let peers find each other by a headless Service of their own',
      })),
});

/** Measured: without one, requests that were sent by a route as it closed met no canary. */
export const gracePeriods = checkOf({
  name: 'grace-period',
  about: 'a route with gracePeriodSeconds: 0',
  effect: 'requests under way are lost when the canary goes',
  needs: [],
  findings: ({ gracePeriodSeconds }) =>
    gracePeriodSeconds === 0 && {
      reason: 'has a route with gracePeriodSeconds: 0: the canary goes while the gateway still sends requests to it',
      wayOut: 'leave it out, which is 3, or set it to what the gateway takes to hear of a change',
    },
});

/** A check of the containers behind Services that get requests: those with ports, or the only one. */
function containerCheck({
  lacking,
  finding,
  ...check
}: Pick<Check, 'name' | 'about' | 'effect'> & {
  readonly lacking: (container: Container, grace: number) => boolean;
  readonly finding: (names: string, grace: number, containers: readonly Container[]) => Finding;
}): Check {
  return checkOf({
    ...check,
    needs: [],
    findings: ({ target, services }) => {
      const { containers = [], terminationGracePeriodSeconds: grace = GRACE } = (target.spec ?? {}) as PodSpec;
      const serving = containers.length === 1 ? containers : containers.filter(({ ports }) => ports?.length);
      const found = serving.filter((container) => lacking(container, grace));
      const names = found.map(({ name }) => name ?? '(without name)').join(', ');
      return services.length > 0 && found.length > 0 && finding(names, grace, found);
    },
  });
}

/** Seconds that its hook sleeps; 0 for one that does something else. */
function sleepOf({ lifecycle }: Container): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  const inWords = /(?:^|\s)sleep (\d+)$/.exec(exec?.command?.join(' ') ?? '')?.[1];
  return sleep?.seconds ?? Number(inWords ?? 0);
}
