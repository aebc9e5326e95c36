import {
  ingressClassOf,
  type Around,
  type Manifest,
  objectName,
  overlapOf,
  type Problem,
  problem,
  type Route,
} from '../../core';
import { type CanaryKeys, isCanary, readSlice } from './canary-annotations';
import { checkController } from './controller';
import { type Ingress, ingressesIn, isIngress } from './ingress';
import { type IngressPath, pathsOf } from './ingress-paths';

/** How a controller reads canary Ingresses beside each other. */
export interface CanaryReader {
  readonly gateway: string;
  readonly keys: CanaryKeys;
  /** Of several for one host and path it reads only one. @default false */
  readonly onlyOne?: boolean;
}

/** R12: what every controller of canary Ingresses needs of a base, and of other canary Ingresses. */
export function checkCanaryBase(reader: CanaryReader) {
  return (base: Manifest, route: Route, around: Around): Problem[] => {
    if (!isIngress(base)) return [];
    const controller = checkController(reader.gateway, base, around);
    if (controller.length > 0) return controller;
    return isCanary(reader.keys, base) ? [canaryOfAnother(reader, base)] : checkRivals(reader, base, route, around);
  };
}

/** A canary Ingress has no hosts and paths of its own: ours would belong to the Ingress that it belongs to. */
function canaryOfAnother({ keys }: CanaryReader, { metadata }: Ingress): Problem {
  const details = {
    allowed: 'an Ingress that is no canary of another one',
    fix: 'name the Ingress that it is the canary of',
  };
  return problem(
    'base-unsuitable',
    `metadata.annotations["${keys.canary}"]`,
    metadata.annotations![keys.canary],
    details,
  );
}

/** Canary Ingresses of others on a host and path of the Service, which would take what ours is for, or take its place. */
function checkRivals(reader: CanaryReader, base: Ingress, route: Route, { others }: Around): Problem[] {
  const own = pathsOf(base).filter(({ service }) => service === route.service);
  const rivals = ingressesIn(others)
    .filter((other) => isCanary(reader.keys, other) && ingressClassOf(other) === ingressClassOf(base))
    .filter((other) => pathsOf(other).some((path) => own.some((one) => isSamePlace(path, one))))
    .filter((other) => reader.onlyOne || overlapOf(route, { ...route, ...nothing, ...readSlice(reader.keys, other) }));
  if (rivals.length === 0) return [];
  const details = {
    allowed: reader.onlyOne
      ? `no canary Ingress of others on the hosts and paths of the Service: ${reader.gateway} reads one for each`
      : 'canary Ingresses of others on the hosts and paths of the Service only where no request could take both',
    fix: `take ${rivals.map(objectName).join(', ')} away for as long as the release lasts`,
  };
  return [problem('base-unsuitable', 'spec.rules', rivals.map(objectName), details)];
}

const nothing = { matches: undefined, weight: undefined };

function isSamePlace(a: IngressPath, b: IngressPath): boolean {
  return a.host === b.host && a.path === b.path && a.pathType === b.pathType;
}
