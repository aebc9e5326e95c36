import { type LaneSpec, type Manifest, mapNames, type ObjectRef, type RolloutSpec } from '../../core';
import { type InputDeclarations, topologyOf } from '../input/declarations';
import { asDeclared, type Program, programFor, id, key, need, routeFields, stepFields, writeImports } from './program';
import { Code, Commented, construction, quoted, variable } from './typescript';

/** Names that the program itself uses. */
const OWN = ['k8s', 'CanaryRollout', 'TrafficRoutingLane'];
const INSTEAD_OF_KRUISE = [
  "// graylane releases instead of Kruise's controller. Before the first update, while",
  "// no release is under way: delete Kruise's Rollouts, then its TrafficRoutings.",
];
const EXISTING = [
  '// Objects that are in the cluster already are taken over by a third argument:',
  '// { import: "namespace/name" }.',
];
const ADOPT = 'The Deployment that runs is taken over, and no pod restarts.';

/** Namespaces of @pulumi/kubernetes, by API group; objects of other groups are custom resources. */
const TYPED: Readonly<Record<string, string>> = {
  '': 'core',
  'admissionregistration.k8s.io': 'admissionregistration',
  'apiextensions.k8s.io': 'apiextensions',
  apps: 'apps',
  autoscaling: 'autoscaling',
  batch: 'batch',
  'networking.k8s.io': 'networking',
  policy: 'policy',
  'rbac.authorization.k8s.io': 'rbac',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
};

interface PulumiProgram extends Program {
  /** The app's objects by kind, namespace and name. */
  readonly objects: ReadonlyMap<string, Manifest>;
  /** The variables of those that others refer to. */
  readonly variables: Map<string, string>;
}

/**
 * A Pulumi program whose resources are the lanes and rollouts of the input, and the objects that are not released.
 * @throws GraylaneError for a Deployment that is not in the input: the rollout's resource holds it
 */
export function writePulumiProgram(declared: InputDeclarations): string {
  const program: PulumiProgram = {
    ...programFor(declared, OWN),
    objects: new Map(declared.objects.map(({ object }) => [nameOf(object), object])),
    variables: new Map(),
  };
  const lanes = [...declared.lanes.keys()].map((lane) => writeLane(lane, program));
  const rollouts = declared.rollouts.size > 0 ? writeRollouts(program) : [];
  const objects = writeObjects(program);
  return [
    ...(objects.length > 0 ? ['import * as k8s from "@pulumi/kubernetes";'] : []),
    ...writeImports(program),
    '',
    ...INSTEAD_OF_KRUISE,
    '',
    ...(objects.length > 0 ? EXISTING : []),
    [...objects, ...lanes, ...rollouts].join('\n\n'),
    '',
  ].join('\n');
}

function writeLane(lane: LaneSpec, program: PulumiProgram): string {
  const { name, namespace, objectRef, hops = [] } = lane;
  const used = variable(name, program.taken);
  const unique = id(name, program, 'lane');
  program.lanes.set(key(namespace, name), used);
  need(program, 'graylane/pulumi', 'TrafficRoutingLane');
  const refs = objectRef.map((ref) => references(ref, namespace, program));
  const fields = {
    metadata: unique === name && namespace === undefined ? undefined : { name, namespace },
    objectRef: refs.length === 1 ? refs[0] : refs,
    hops: hops.length > 0 ? hops.map((ref) => references(ref, namespace, program)) : undefined,
    ...routeFields(lane, program),
  };
  const networks = [...objectRef, ...hops].flatMap((ref) => customNetworks(ref, namespace));
  return construction(`const ${used} = new TrafficRoutingLane`, [quoted(unique)], fields, ...after(networks, program));
}

function writeRollouts(program: PulumiProgram): string[] {
  return topologyOf(program.declared).members.map(({ spec, deployment, services, routing }) => {
    const { name, namespace, trafficRoutingRef, trafficRoutings = [] } = spec;
    const { checks, onBroken, bakeSeconds, patchPodTemplateMetadata, patchCanaryMetadata, canaryLabel } = spec;
    const unique = id(name, program, 'rollout');
    need(program, 'graylane/pulumi', 'CanaryRollout');
    const fields = {
      metadata: unique === name ? undefined : { name },
      workload: declaredFields(deployment),
      adopt: new Commented(ADOPT, true),
      lane: trafficRoutingRef && new Code(program.lanes.get(key(namespace, trafficRoutingRef))!),
      trafficRoutings:
        trafficRoutings.length > 0 ? trafficRoutings.map((ref) => references(ref, namespace, program)) : undefined,
      steps: stepFields(spec, program),
      checks,
      onBroken,
      bakeSeconds,
      patchPodTemplateMetadata,
      patchCanaryMetadata,
      canaryLabel,
    };
    // The routed Service is referred to; the engine also looks at the others that select the pods.
    const others = services.filter((service) => service !== routing?.service).map((service) => nameOf(service));
    const networks = trafficRoutings.flatMap((ref) => customNetworks(ref, namespace));
    return construction('new CanaryRollout', [quoted(unique)], fields, ...after([...others, ...networks], program));
  });
}

/** What an entry of objectRef names, as resources where the program has them: then they are made first. */
function references(ref: ObjectRef, namespace: string | undefined, program: PulumiProgram): object {
  return mapNames(ref, ({ kind, name }) => {
    const used = variableOf(nameOf({ kind, metadata: { namespace, name } }), program);
    return used === undefined ? name : new Code(used);
  });
}

function customNetworks({ customNetworkRefs = [] }: ObjectRef, namespace: string | undefined): string[] {
  return customNetworkRefs.map(({ kind, name }) => nameOf({ kind, metadata: { namespace, name } }));
}

/** Options of a resource that is made after objects which its arguments do not name. */
function after(names: readonly string[], program: PulumiProgram): object[] {
  const used = names.flatMap((name) => variableOf(name, program) ?? []);
  return used.length === 0 ? [] : [{ dependsOn: used.map((name) => new Code(name)) }];
}

function variableOf(name: string, { objects, variables, taken }: PulumiProgram): string | undefined {
  const object = objects.get(name);
  if (object === undefined) return undefined;
  const used = variables.get(name) ?? variable(`${object.metadata.name}-${object.kind}`, taken);
  variables.set(name, used);
  return used;
}

/** The app's objects without the Deployments that are released: their rollouts make those. */
function writeObjects(program: PulumiProgram): string[] {
  const { objects, rollouts } = program.declared;
  const released = new Set([...rollouts.keys()].map(releasedBy));
  return objects
    .map(({ object }) => object)
    .filter((object) => !released.has(nameOf(object)))
    .map((object) => {
      const { apiVersion, kind, metadata } = object;
      const used = program.variables.get(nameOf(object));
      const unique = id(metadata.name ?? 'unnamed', program, `${apiVersion}/${kind}`);
      const type = typeOf(object);
      const fields = type === undefined ? asDeclared(object) : declaredFields(object);
      const start = `new k8s.${type ?? 'apiextensions.CustomResource'}`;
      return construction(used === undefined ? start : `const ${used} = ${start}`, [quoted(unique)], fields);
    });
}

function releasedBy({ namespace, workloadRef: { name } }: RolloutSpec): string {
  return nameOf({ kind: 'Deployment', metadata: { namespace, name } });
}

/** The class of @pulumi/kubernetes. */
function typeOf({ apiVersion, kind }: Manifest): string | undefined {
  const [version, group = ''] = apiVersion.split('/').reverse();
  return Object.hasOwn(TYPED, group) ? `${TYPED[group]}.${version}.${kind}` : undefined;
}

/** What a class takes: it knows its apiVersion and kind. */
function declaredFields(object: Manifest): object {
  const { apiVersion: _, kind: __, ...fields } = asDeclared(object);
  return fields;
}

function nameOf({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind} ${key(metadata.namespace, metadata.name ?? '')}`;
}
