import type { ServiceTraits } from '../app/prospect';
import { labelsOf, type PodTemplate, selects } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { checkOf, type Finding, labelsInWords, serviceObject } from './check';

const AFTERWARDS = 'release the pods as they are to be first, and change what leads to them afterwards';

/** A Deployment whose pods are not its own is taken by no API server, and its selector never changes. */
export const unownedStable = checkOf({
  name: 'unowned-stable',
  about: "a Deployment whose selector does not find the labels of stable's template",
  effect: "refused: no API server takes it with stable's template, and a selector cannot be changed",
  needs: ['stable'],
  findings: ({ workload: { selector }, stable }) =>
    !matchesSelector(selector, labelsOf(stable)) && {
      refused: { code: 'stable-left-out', field: 'spec.selector' },
      reason: "does not find stable's pods, and a Deployment's selector cannot be changed",
      wayOut:
        "put the selector back; labels may be added to the template alone, and another selector is another Deployment's",
    },
});

/** Stable's pods serve until they are promoted. */
export const unselectedStable = checkOf({
  name: 'unselected-stable',
  about: 'a Service that selects pods of the new revision and not those of stable',
  effect: 'refused where it is routed: nobody is served until stable is promoted',
  needs: ['stable'],
  findings: ({ services, stable }) =>
    services
      .filter(({ selector }) => !selects(selector, labelsOf(stable)))
      .map((service) =>
        ofService(service, 'spec.selector', {
          reason: `selects ${labelsInWords(service.selector)}, which stable's pods have not: until they are promoted it serves nobody by them`,
          wayOut: AFTERWARDS,
        }),
      ),
});

/** By name, a port that is not listed is not there; by number, the list of a container says no more than it was told. */
export const unreachedPort = checkOf({
  name: 'unreached-port',
  about: 'a Service whose targetPort pods of one revision have, and those of the other do not',
  effect:
    'refused where it is routed and the port is a name, or stands in the place of another: requests to the other pods fail',
  needs: ['stable'],
  findings: ({ services, stable, target }) => {
    const [before, after] = [portsOf(stable), portsOf(target)];
    return services.flatMap((service) =>
      service.targetPorts.flatMap((port, i) => {
        if (!isKnown(port, before) || !isKnown(port, after) || has(before, port) === has(after, port)) return [];
        const [having, lacking] = has(before, port) ? [before, after] : [after, before];
        const certain = typeof port === 'string' || lacking.some(({ containerPort }) => !has(having, containerPort));
        const field = `spec.ports[${i}].targetPort`;
        return [
          ofService(service, certain ? field : undefined, {
            reason: `leads to port ${port}, which pods of ${lacking === before ? 'stable' : 'the new revision'} do not have: requests to them fail`,
            wayOut: `let the pods of both revisions have port ${port} until the release is over`,
          }),
        ];
      }),
    );
  },
});

/** @param field for which the release of a routed Service is refused, if it is */
function ofService(
  service: ServiceTraits,
  field: string | undefined,
  told: Pick<Finding, 'reason' | 'wayOut'>,
): Finding {
  const object = serviceObject(service);
  if (!service.routed || field === undefined) return { object, ...told };
  return { object, refused: { code: 'stable-left-out', field }, ...told };
}

interface Pod {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Container {
  readonly ports?: readonly Port[];
}

interface Port {
  readonly name?: string;
  readonly containerPort: number;
}

function portsOf({ spec = {} }: PodTemplate): Port[] {
  const { containers = [], initContainers = [] } = spec as Pod;
  return [...containers, ...initContainers].flatMap(({ ports = [] }) => ports);
}

function isKnown(port: number | string, ports: readonly Port[]): boolean {
  return typeof port === 'string' || ports.length > 0;
}

function has(ports: readonly Port[], port: number | string): boolean {
  return ports.some(({ name, containerPort }) => (typeof port === 'string' ? name : containerPort) === port);
}
