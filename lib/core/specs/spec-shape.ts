import * as v from 'valibot';
import type { Shape } from '../manifests/shape';
import { checkShape } from './check-shape';

/**
 * The shape of a lane, as far as its checks rely on it: programs without types, and files, may hold anything.
 * @param reference what stands for the name of an object
 */
export function laneShape(reference: Shape = text): Shape {
  const refs = v.array(objectRef(reference));
  return v.looseObject({ name: text, objectRef: refs, hops: v.optional(refs), tag: v.optional(tag), ...route });
}

/**
 * The shape of a rollout, as far as its checks rely on it.
 * @param reference what stands for the name of an object
 */
export function rolloutShape(reference: Shape = text): Shape {
  return v.looseObject({
    name: text,
    workloadRef: v.looseObject({}),
    steps: v.array(step),
    trafficRoutingRef: v.optional(text),
    trafficRoutings: v.optional(v.array(objectRef(reference))),
    patchPodTemplateMetadata: v.optional(metadataPatch),
    patchCanaryMetadata: v.optional(
      v.looseObject({ deployment: v.optional(metadataPatch), services: v.optional(metadataPatch) }),
    ),
    canaryLabel: v.optional(text),
    checks: v.optional(v.array(checkShape)),
  });
}

const text = v.string();
const stringMap = v.record(text, text);
const metadataPatch = v.looseObject({ labels: v.optional(stringMap), annotations: v.optional(stringMap) });

/** What is compared, set or added; its values are checked one by one. */
const named = v.array(v.looseObject({ name: v.optional(text) }));

const match = v.looseObject({
  path: v.optional(v.looseObject({ value: text })),
  headers: v.optional(named),
  queryParams: v.optional(named),
  cookies: v.optional(named),
});

const route = {
  matches: v.optional(v.array(match)),
  requestHeaderModifier: v.optional(
    v.looseObject({ set: v.optional(named), add: v.optional(named), remove: v.optional(v.array(text)) }),
  ),
};

/** The entry is checked by itself. */
const tag = v.looseObject({});

const step = v.looseObject({
  ...route,
  pause: v.optional(v.looseObject({})),
  checks: v.optional(v.array(checkShape)),
});

const customNetworkRef = v.looseObject({ apiVersion: text, kind: text, name: text });

function objectRef(reference: Shape) {
  const name = reference as v.GenericSchema;
  return v.looseObject({
    service: name,
    ingress: v.optional(v.looseObject({ classType: v.optional(text), name })),
    gateway: v.optional(v.looseObject({ httpRouteName: v.optional(name), grpcRouteName: v.optional(name) })),
    customNetworkRefs: v.optional(v.array(customNetworkRef)),
  });
}
