import { type Input, type Output, output, Resource } from '@pulumi/pulumi';
import { defined, type GatewayRouteRef, mapRouteName, type ObjectRef } from '../../core';

/** A Service, Ingress or route of @pulumi/kubernetes. */
export interface KubernetesResource extends Resource {
  readonly metadata: Output<{ readonly name: string }>;
}

/** An object by name, or as a resource of this program: then it is made first. */
export type Reference = Input<string> | KubernetesResource;

/** The traffic of one Service and the object that routes it, each by name or as a resource. */
export interface ObjectRefArgs {
  /** Service whose requests are routed. */
  readonly service: Reference;
  /** Seconds between a change of the route and the next stage. @default 3 */
  readonly gracePeriodSeconds?: Input<number>;
  /** The Ingress, and the gateway that reads it: mse, ... @default classType nginx */
  readonly ingress?: { readonly classType?: Input<string>; readonly name: Reference };
  /** Gateway API, of a gateway or of a mesh (GAMMA). */
  readonly gateway?: GatewayRouteRef<Reference>;
  readonly customNetworkRefs?: Input<NonNullable<ObjectRef['customNetworkRefs']>>;
}

/** References become names. */
export function objectRef({ service, gracePeriodSeconds, ingress, gateway, customNetworkRefs }: ObjectRefArgs) {
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
