import type { Prospect } from '../app/prospect';
import { labelsOf, type Manifest, type StringMap } from '../manifests/manifest';
import { checkOf, type Finding } from './check';

/** By which Istio knows what its ambient mode takes in: on a Namespace, and on a pod over that. */
const MODE = 'istio.io/dataplane-mode';

/** Callers in the mesh, as a VirtualService names them among its gateways, and where it names none. */
const MESH = 'mesh';

/** Pods that say it themselves. */
export const ambientPods = checkOf({
  name: 'ambient-pods',
  about: "a VirtualService for callers in the mesh, of pods that Istio's ambient mode takes in by their own label",
  effect: 'the route is alpha there, and without a waypoint it is not read',
  needs: [],
  findings: (prospect) =>
    labelsOf(prospect.target)[MODE] === 'ambient' ? inAmbientMode(prospect, 'their template') : [],
});

/** All pods of a namespace, but for those that say otherwise. */
export const ambientNamespace = checkOf({
  name: 'ambient-namespace',
  about: "a VirtualService for callers in the mesh, in a namespace of Istio's ambient mode",
  effect: 'the route is alpha there, and without a waypoint it is not read',
  objects: [{ apiVersion: 'v1', kind: 'Namespace' }],
  reaches: ({ metadata: { name } }, namespace) => name === namespace,
  needs: [],
  findings: (prospect, _: object, { metadata: { name, labels = {} } }) =>
    name === prospect.workload.namespace && labels[MODE] === 'ambient' && !saysItself(labelsOf(prospect.target))
      ? inAmbientMode(prospect, `Namespace ${name}`)
      : [],
});

function saysItself(labels: StringMap): boolean {
  return labels[MODE] !== undefined;
}

/** @param by what has the label */
function inAmbientMode({ bases }: Prospect, by: string): Finding[] {
  return bases.filter(isForCallers).map(({ kind, metadata: { name, namespace } }) => ({
    object: { kind, name: name!, ...(namespace !== undefined && { namespace }) },
    reason: `routes callers in the mesh, and ${by} has ${MODE}: ambient: there Istio calls a VirtualService alpha, and only a waypoint reads it`,
    wayOut: 'route the Service by an HTTPRoute whose parentRefs name it, with a waypoint to read that',
  }));
}

function isForCallers({ kind, spec }: Manifest): boolean {
  const { gateways = [] } = (spec ?? {}) as { readonly gateways?: readonly string[] };
  return kind === 'VirtualService' && (gateways.length === 0 || gateways.includes(MESH));
}
