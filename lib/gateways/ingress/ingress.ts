import * as v from 'valibot';
import { apiVersionOf, type GatewayKind, isOurs, type Manifest } from '../../core';
import { namedShape } from '../writing/metadata-shape';

const backend = v.object({ service: v.optional(v.object({ name: v.string() })) });

/** Kubernetes Ingress, as far as graylane reads it. */
const shape = v.object({
  ...namedShape,
  spec: v.object({
    ingressClassName: v.optional(v.string()),
    defaultBackend: v.optional(backend),
    tls: v.optional(v.unknown()),
    rules: v.optional(
      v.array(
        v.object({
          host: v.optional(v.string()),
          http: v.optional(
            v.object({
              paths: v.array(v.object({ path: v.optional(v.string()), pathType: v.string(), backend })),
            }),
          ),
        }),
      ),
    ),
  }),
});

export type Ingress = Manifest & Pick<v.InferOutput<typeof shape>, 'spec'>;
export type IngressBackend = v.InferOutput<typeof backend>;

export const ingressKind: GatewayKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  // It spells backends otherwise: serviceName, servicePort.
  unread: ['v1beta1'],
  kind: 'Ingress',
  plural: 'ingresses',
  as: 'both',
  namedBy: 'ingress',
  order: 60,
  shape,
};

/** Whether this is an Ingress, of the version that is read. */
export function isIngress(object: Manifest): object is Ingress {
  return object.kind === 'Ingress' && object.apiVersion === apiVersionOf(ingressKind);
}

/** Ingresses of the user's. */
export function ingressesIn(objects: readonly Manifest[]): Ingress[] {
  return objects.filter(isIngress).filter((object) => !isOurs(object));
}
