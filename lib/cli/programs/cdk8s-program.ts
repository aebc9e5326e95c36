import type { LaneSpec, RolloutSpec } from '../../core';
import type { KruiseVersion } from '../../kruise';
import type { InputDeclarations } from '../input/declarations';
import { kruiseVersionOf } from '../input/documents';
import { asDeclared, type Program, programFor, id, key, need, routeFields, stepFields, writeImports } from './program';
import { Code, Commented, construction, quoted, variable } from './typescript';

const KRUISE = "Kruise's controller carries the releases out, as before; without this line graylane does.";

/** Names that the program itself uses. */
const OWN = [
  'app',
  'chart',
  'manifests',
  'App',
  'Chart',
  'ApiObject',
  'Include',
  'CanaryRollout',
  'TrafficRoutingLane',
];

interface Cdk8sProgram extends Program {
  /** The variables of Deployments that are released. */
  readonly workloads: Map<string, string>;
}

/** A cdk8s program that, when synthesized, prints the objects of the input. */
export function writeCdk8sProgram(declared: InputDeclarations): string {
  const program: Cdk8sProgram = { ...programFor(declared, OWN), workloads: new Map() };
  for (const name of ['App', 'Chart']) need(program, 'cdk8s', name);
  const objects = writeObjects(program);
  const lanes = [...declared.lanes.keys()].map((lane) => writeLane(lane, program));
  const rollouts = [...declared.rollouts.keys()].map((rollout) => writeRollout(rollout, program));
  return [
    ...writeImports(program),
    '',
    'const app = new App();',
    'const chart = new Chart(app, "app");',
    ...[...objects, ...lanes, ...rollouts].flatMap((text) => ['', text]),
    '',
    'app.synth();',
    '',
  ].join('\n');
}

/** The app's objects; those that are released get a variable. */
function writeObjects(program: Cdk8sProgram): string[] {
  const { declared, workloads } = program;
  const released = new Set(
    [...declared.rollouts.keys()].map(({ namespace, workloadRef }) => key(namespace, workloadRef.name)),
  );
  const texts = declared.objects.map(({ object }) => {
    const { name = 'unnamed', namespace } = object.metadata;
    const isReleased = object.kind === 'Deployment' && released.has(key(namespace, name));
    if (isReleased) workloads.set(key(namespace, name), variable(name, program.taken));
    const start = isReleased ? `const ${workloads.get(key(namespace, name))} = new ApiObject` : 'new ApiObject';
    need(program, 'cdk8s', 'ApiObject');
    return construction(
      start,
      ['chart', quoted(id(`${object.kind}-${name}`.toLowerCase(), program))],
      asDeclared(object),
    );
  });
  const missing = [...released].filter((one) => !workloads.has(one));
  return missing.length > 0 ? [writeInclude(program), ...texts] : texts;
}

/** Deployments that are not in the input are somewhere else. */
function writeInclude(program: Program): string {
  need(program, 'cdk8s', 'Include');
  need(program, 'graylane/cdk8s', 'Workload');
  const comment = '// The Deployments, Services and routes were not in the input: name their file.';
  return `${comment}\n${construction('const manifests = new Include', ['chart', quoted(id('manifests', program))], { url: 'manifests.yaml' })}`;
}

function writeLane(lane: LaneSpec, program: Cdk8sProgram): string {
  const { name, namespace, objectRef, hops } = lane;
  const used = variable(name, program.taken);
  const unique = id(name, program);
  program.lanes.set(key(namespace, name), used);
  need(program, 'graylane/cdk8s', 'TrafficRoutingLane');
  return construction(`const ${used} = new TrafficRoutingLane`, ['chart', quoted(unique)], {
    metadata: unique === name && namespace === undefined ? undefined : { name, namespace },
    delivery: new Commented(KRUISE, `kruise/${versionIn(lane, program)}`),
    objectRef: objectRef.length === 1 ? objectRef[0] : objectRef,
    hops,
    ...routeFields(lane, program),
  });
}

function writeRollout(spec: RolloutSpec, program: Cdk8sProgram): string {
  const { name, namespace, workloadRef, trafficRoutingRef, trafficRoutings } = spec;
  const { checks, onBroken, bakeSeconds, patchPodTemplateMetadata, patchCanaryMetadata, canaryLabel } = spec;
  const unique = id(name, program);
  const workload =
    program.workloads.get(key(namespace, workloadRef.name)) ?? `Workload.in(manifests, ${quoted(workloadRef.name)})`;
  const lane = trafficRoutingRef === undefined ? undefined : program.lanes.get(key(namespace, trafficRoutingRef))!;
  const version = kruiseVersionOf(program.declared.rollouts.get(spec)!);
  need(program, 'graylane/cdk8s', 'CanaryRollout');
  return construction('new CanaryRollout', ['chart', quoted(unique)], {
    metadata: unique === name ? undefined : { name },
    workload: new Code(workload),
    lane: lane && new Code(lane),
    delivery: lane === undefined ? new Commented(KRUISE, `kruise/${version}`) : undefined,
    trafficRoutings,
    steps: stepFields(spec, program),
    checks,
    onBroken,
    bakeSeconds,
    patchPodTemplateMetadata,
    patchCanaryMetadata,
    canaryLabel,
  });
}

/** A lane and its rollouts are delivered alike: in the version of the first of them. */
function versionIn({ name, namespace }: LaneSpec, { declared: { rollouts } }: Program): KruiseVersion {
  const [first] = [...rollouts].filter(([spec]) => spec.trafficRoutingRef === name && spec.namespace === namespace);
  return first === undefined ? 'v1beta1' : kruiseVersionOf(first[1]);
}
