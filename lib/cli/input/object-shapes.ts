import * as v from 'valibot';
import type { Manifest } from '../../core';
import { read, withoutNulls } from '../../kruise';

/** What graylane reads of the kinds that it knows; whatever else they hold is carried and not looked at. */
const stringMap = v.record(v.string(), v.string());
const named = {
  metadata: v.looseObject({
    name: v.string(),
    namespace: v.optional(v.string()),
    labels: v.optional(stringMap),
    annotations: v.optional(stringMap),
  }),
};

const selectorTerm = v.looseObject({
  key: v.string(),
  operator: v.string(),
  values: v.optional(v.array(v.string())),
});

const deployment = v.looseObject({
  ...named,
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
  ...named,
  spec: v.looseObject({
    type: v.optional(v.string()),
    clusterIP: v.optional(v.string()),
    selector: v.optional(stringMap),
    ports: v.optional(v.array(v.looseObject({ port: v.number() }))),
  }),
});

const ingressBackend = v.looseObject({ service: v.optional(v.looseObject({ name: v.string() })) });

const ingress = v.looseObject({
  ...named,
  spec: v.looseObject({
    ingressClassName: v.optional(v.string()),
    defaultBackend: v.optional(ingressBackend),
    rules: v.optional(
      v.array(
        v.looseObject({
          host: v.optional(v.string()),
          http: v.optional(
            v.looseObject({
              paths: v.array(
                v.looseObject({ path: v.optional(v.string()), pathType: v.string(), backend: ingressBackend }),
              ),
            }),
          ),
        }),
      ),
    ),
  }),
});

const condition = v.looseObject({ type: v.optional(v.string()), name: v.string(), value: v.string() });

const headerValues = v.array(v.looseObject({ name: v.string(), value: v.string() }));

const routeFilter = v.looseObject({
  type: v.string(),
  requestHeaderModifier: v.optional(
    v.looseObject({
      set: v.optional(headerValues),
      add: v.optional(headerValues),
      remove: v.optional(v.array(v.string())),
    }),
  ),
});

/** HTTPRoute and GRPCRoute. */
const route = v.looseObject({
  ...named,
  spec: v.looseObject({
    rules: v.optional(
      v.array(
        v.looseObject({
          matches: v.optional(
            v.array(
              v.looseObject({
                path: v.optional(v.looseObject({ type: v.optional(v.string()), value: v.optional(v.string()) })),
                headers: v.optional(v.array(condition)),
                queryParams: v.optional(v.array(condition)),
              }),
            ),
          ),
          filters: v.optional(v.array(routeFilter)),
          backendRefs: v.optional(
            v.array(
              v.looseObject({
                group: v.optional(v.string()),
                kind: v.optional(v.string()),
                name: v.string(),
                namespace: v.optional(v.string()),
                port: v.optional(v.number()),
                weight: v.optional(v.number()),
                filters: v.optional(v.array(routeFilter)),
              }),
            ),
          ),
        }),
      ),
    ),
  }),
});

const stringMatches = v.record(v.string(), v.looseObject({}));

const headerRules = v.looseObject({
  request: v.optional(
    v.looseObject({ set: v.optional(stringMap), add: v.optional(stringMap), remove: v.optional(v.array(v.string())) }),
  ),
});

const virtualService = v.looseObject({
  ...named,
  spec: v.looseObject({
    hosts: v.optional(v.array(v.string())),
    http: v.optional(
      v.array(
        v.looseObject({
          name: v.optional(v.string()),
          match: v.optional(
            v.array(
              v.looseObject({
                headers: v.optional(stringMatches),
                withoutHeaders: v.optional(stringMatches),
                queryParams: v.optional(stringMatches),
              }),
            ),
          ),
          route: v.optional(
            v.array(
              v.looseObject({
                destination: v.looseObject({ host: v.string(), subset: v.optional(v.string()) }),
                weight: v.optional(v.number()),
                headers: v.optional(headerRules),
              }),
            ),
          ),
          headers: v.optional(headerRules),
        }),
      ),
    ),
  }),
});

const destinationRule = v.looseObject({ ...named, spec: v.looseObject({ host: v.string() }) });

/** Shapes by API group and kind. */
const SHAPES: Readonly<Record<string, v.GenericSchema>> = {
  'apps/Deployment': deployment,
  '/Service': service,
  'networking.k8s.io/Ingress': ingress,
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'networking.istio.io/VirtualService': virtualService,
  'networking.istio.io/DestinationRule': destinationRule,
};

/**
 * The object, if it is what its kind must be, as far as graylane looks into it; null fields are absent, as for Kubernetes.
 * @throws GraylaneError field-missing, field-type
 */
export function checked(object: Manifest): Manifest {
  const shape = shapeOf(object);
  if (shape === undefined) return object;
  read(shape, object);
  return withoutNulls(object);
}

function shapeOf({ apiVersion, kind }: Manifest): v.GenericSchema | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return SHAPES[`${group}/${kind}`];
}
