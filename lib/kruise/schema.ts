import * as v from 'valibot';
import { type Manifest, readShape, type Shape } from '../core';

/** The API group of Kruise Rollouts. */
export const GROUP = 'rollouts.kruise.io';

/** API versions of Kruise's Rollout. */
export type KruiseVersion = 'v1alpha1' | 'v1beta1';

/** Annotation that puts a Rollout into a lane: the only form in v1alpha1, and the one that Kruise's controller reads. */
export const LANE_ANNOTATION = `${GROUP}/trafficrouting`;
export const STYLE_ANNOTATION = `${GROUP}/rolling-style`;
export const ROLLBACK_ANNOTATION = `${GROUP}/rollback-in-batch`;

/** Whether a document is of Kruise's API group. */
export function isKruise({ apiVersion }: Pick<Manifest, 'apiVersion'>): boolean {
  return apiVersion.startsWith(`${GROUP}/`);
}

const stringMap = v.record(v.string(), v.string());
const intOrString = v.union([v.number(), v.string()]);

/** What Kubernetes itself writes into metadata is nobody's declaration. */
const metadata = v.looseObject({
  name: v.string(),
  namespace: v.optional(v.string()),
  annotations: v.optional(stringMap),
});

const workloadRef = v.strictObject({ apiVersion: v.string(), kind: v.string(), name: v.string() });

const valueMatch = v.strictObject({ type: v.optional(v.string()), name: v.string(), value: v.string() });
const pathMatch = v.strictObject({ type: v.optional(v.string()), value: v.optional(v.string()) });
const headersOnly = v.strictObject({ headers: v.optional(v.array(valueMatch)) });
const anyMatch = v.strictObject({
  path: v.optional(pathMatch),
  headers: v.optional(v.array(valueMatch)),
  queryParams: v.optional(v.array(valueMatch)),
});

const headerValues = v.array(v.strictObject({ name: v.string(), value: v.string() }));
const requestHeaderModifier = v.strictObject({
  set: v.optional(headerValues),
  add: v.optional(headerValues),
  remove: v.optional(v.array(v.string())),
});

const objectRef = v.strictObject({
  service: v.string(),
  gracePeriodSeconds: v.optional(v.number()),
  ingress: v.optional(v.strictObject({ classType: v.optional(v.string()), name: v.string() })),
  // Kruise knows no GRPCRoute: the field is ours.
  gateway: v.optional(v.strictObject({ httpRouteName: v.optional(v.string()), grpcRouteName: v.optional(v.string()) })),
  customNetworkRefs: v.optional(v.array(workloadRef)),
  additionalParams: v.optional(stringMap),
});

const pause = v.strictObject({ duration: v.optional(v.number()) });
const patch = v.strictObject({ labels: v.optional(stringMap), annotations: v.optional(stringMap) });

/** Ours; what is in them is for the check of the whole. */
const checks = v.optional(v.array(v.looseObject({})));

/** Fields of the canary strategy that both versions have; refused ones are here so that they are known by name. */
const canary = {
  trafficRoutings: v.optional(v.array(objectRef)),
  failureThreshold: v.optional(intOrString),
  patchPodTemplateMetadata: v.optional(patch),
  disableGenerateCanaryService: v.optional(v.boolean()),
  // Ours.
  canaryLabel: v.optional(v.string()),
  patchCanaryMetadata: v.optional(v.strictObject({ deployment: v.optional(patch), services: v.optional(patch) })),
  checks,
  onBroken: v.optional(v.string()),
  bakeSeconds: v.optional(v.number()),
};

const routed = { requestHeaderModifier: v.optional(requestHeaderModifier) };
const headersRouted = { weight: v.optional(v.number()), matches: v.optional(v.array(headersOnly)) };
const step = { replicas: v.optional(intOrString), pause: v.optional(pause), checks, ...routed };

const stepsOf = <E extends v.ObjectEntries>(entries: E) => v.optional(v.array(v.strictObject({ ...step, ...entries })));

const objectOf = <E extends v.ObjectEntries>(spec: E) =>
  v.strictObject({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    spec: v.strictObject(spec),
    status: v.optional(v.unknown()),
  });

export const rolloutV1beta1 = objectOf({
  workloadRef,
  disabled: v.optional(v.boolean()),
  strategy: v.strictObject({
    paused: v.optional(v.boolean()),
    blueGreen: v.optional(v.unknown()),
    canary: v.optional(
      v.strictObject({
        ...canary,
        steps: stepsOf({ traffic: v.optional(v.string()), matches: v.optional(v.array(anyMatch)) }),
        enableExtraWorkloadForCanary: v.optional(v.boolean()),
        trafficRoutingRef: v.optional(v.string()),
      }),
    ),
  }),
});

export const rolloutV1alpha1 = objectOf({
  objectRef: v.strictObject({ workloadRef }),
  disabled: v.optional(v.boolean()),
  rolloutID: v.optional(v.string()),
  strategy: v.strictObject({
    paused: v.optional(v.boolean()),
    canary: v.optional(v.strictObject({ ...canary, steps: stepsOf(headersRouted) })),
  }),
});

export const trafficRoutingV1alpha1 = objectOf({
  objectRef: v.array(objectRef),
  // Ours.
  hops: v.optional(v.array(objectRef)),
  tag: v.optional(v.strictObject({ baggage: v.string() })),
  strategy: v.strictObject({ ...routed, ...headersRouted }),
});

/** Fields that people write where the version calls them otherwise. */
const OTHER_NAMES = {
  weight: 'traffic',
  setWeight: 'weight',
  traffic: 'weight',
  objectRef: 'workloadRef',
  workloadRef: 'objectRef.workloadRef',
  httpRoute: 'httpRouteName',
  cookies: 'headers: [{ name: canary-by-cookie, value: NAME }] with the name of the cookie',
  trafficRoutingRef: 'canary.trafficRoutingRef',
  trafficRoutings: 'canary.trafficRoutings',
  steps: 'canary.steps',
  patchPodTemplateMetadata: 'canary.patchPodTemplateMetadata',
  patchCanaryMetadata: 'canary.patchCanaryMetadata',
  canaryLabel: 'canary.canaryLabel',
  checks: 'canary.checks',
  onBroken: 'canary.onBroken',
  bakeSeconds: 'canary.bakeSeconds',
  analysis: 'checks',
  enableExtraWorkloadForCanary: 'canary.enableExtraWorkloadForCanary',
  type: 'classType',
};

/**
 * An object of Kruise's in the shape of its version.
 * @throws GraylaneError with every field that is unknown, missing or of another type
 */
export function read<T>(shape: Shape<T>, object: Manifest): T {
  return readShape(shape, object, OTHER_NAMES);
}

export type RolloutV1beta1 = v.InferOutput<typeof rolloutV1beta1>;
export type RolloutV1alpha1 = v.InferOutput<typeof rolloutV1alpha1>;
export type KruiseMatch = v.InferOutput<typeof anyMatch>;
export type KruiseObjectRef = v.InferOutput<typeof objectRef>;
