import * as v from 'valibot';
import {
  type Gateways,
  isDeployment,
  isService,
  isUnread,
  kindOf,
  type Manifest,
  readShape,
  type Shape,
} from '../../core';
import { gateways } from '../../gateways';
import { namedShape, stringMap } from '../../gateways/writing/metadata-shape';

/** What graylane reads of the kinds that it knows; whatever else they hold is carried and not looked at. */
const selectorTerm = v.looseObject({
  key: v.string(),
  operator: v.string(),
  values: v.optional(v.array(v.string())),
});

const deployment = v.looseObject({
  ...namedShape,
  spec: v.looseObject({
    replicas: v.optional(v.number()),
    paused: v.optional(v.boolean()),
    selector: v.looseObject({
      matchLabels: v.optional(stringMap),
      matchExpressions: v.optional(v.array(selectorTerm)),
    }),
    strategy: v.optional(v.looseObject({ type: v.optional(v.string()) })),
    template: v.looseObject({
      metadata: v.optional(v.looseObject({ labels: v.optional(stringMap), annotations: v.optional(stringMap) })),
      spec: v.looseObject({}),
    }),
  }),
});

const service = v.looseObject({
  ...namedShape,
  spec: v.looseObject({
    type: v.optional(v.string()),
    clusterIP: v.optional(v.string()),
    selector: v.optional(stringMap),
    ports: v.optional(v.array(v.looseObject({ port: v.number() }))),
  }),
});

/**
 * The object, if it is what its kind must be, as far as graylane looks into it; null fields are absent, as for Kubernetes.
 * @throws GraylaneError field-missing, field-type
 */
export function checked(object: Manifest, registry: Gateways = gateways): Manifest {
  const shape = shapeOf(object, registry);
  return shape === undefined ? object : (readShape(shape, object) as Manifest);
}

function shapeOf(object: Manifest, registry: Gateways): Shape | undefined {
  if (isDeployment(object)) return deployment;
  if (isService(object)) return service;
  const reader = Object.values(registry).find((gateway) => kindOf(gateway, object));
  const kind = reader && kindOf(reader, object);
  return kind && isUnread(kind, object) ? undefined : kind?.shape;
}
