import { type Input, type Output, output, Resource } from '@pulumi/pulumi';
import {
  type BaseRefs,
  type CustomNetworkRef,
  defined,
  isJsonObject,
  mapRouteName,
  type OneOf,
  type Problem,
  refuse,
} from '../../core';
import type { ClassType } from '../../gateways';
import { problem } from '../errors';

/** A Service, Ingress or route of @pulumi/kubernetes. */
export interface KubernetesResource extends Resource {
  /** Of the object, as far as it is referred to. */
  readonly metadata: Output<{ readonly name: string }>;
}

/** An object by name, or as a resource of this program: then it is made first. */
export type Reference = Input<string> | KubernetesResource;

/**
 * The traffic of one Service and the object that routes it, each by name or as a resource: exactly one of ingress,
 * gateway, customNetworkRefs.
 */
export type ObjectRefArgs = RoutedServiceArgs & OneOf<BaseRefArgs>;

/** The Service of an ObjectRefArgs. */
export interface RoutedServiceArgs {
  /** Service whose requests are routed; it selects pods. */
  readonly service: Reference;
  /** Whole seconds, 0 or more, between a change of the route and the next stage. @default 3 */
  readonly gracePeriodSeconds?: Input<number>;
}

/** The ways in which an ObjectRefArgs names its base. */
export interface BaseRefArgs extends Pick<BaseRefs<Reference, Input<ClassType>>, 'ingress' | 'gateway'> {
  /** Objects of other APIs, at least one: a VirtualService and DestinationRules of Istio, an IngressRoute of Traefik. */
  readonly customNetworkRefs: Input<readonly CustomNetworkRef[]>;
}

/**
 * References become names.
 * @throws GraylaneError field-type for what is no list, or has entries that name nothing
 */
export function objectRefs(resource: string, field: string, refs: readonly ObjectRefArgs[]) {
  if (!Array.isArray(refs)) refuse([notOfType(resource, field, refs, 'list')]);
  const wrong = refs.flatMap((ref, i) =>
    isJsonObject(ref) ? [] : [notOfType(resource, `${field}[${i}]`, ref, 'object')],
  );
  refuse(wrong);
  return refs.map(objectRef);
}

function notOfType(resource: string, path: string, given: unknown, type: string): Problem {
  const allowed = `a value of type ${type}`;
  return problem(given === undefined ? 'field-missing' : 'field-type', path, given, { subject: [resource], allowed });
}

function objectRef({ service, gracePeriodSeconds, ingress, gateway, customNetworkRefs }: ObjectRefArgs) {
  return defined({
    service: nameOf(service),
    gracePeriodSeconds,
    ingress: ingress && { ...ingress, name: nameOf(ingress.name) },
    gateway: gateway && mapRouteName(gateway, ({ name }) => nameOf(name)),
    customNetworkRefs,
  });
}

function nameOf(reference: Reference): Input<string> {
  if (!isResource(reference)) return reference;
  return output(reference.metadata).apply(({ name }) => name);
}

function isResource(reference: Reference): reference is KubernetesResource {
  return Resource.isInstance(reference);
}
