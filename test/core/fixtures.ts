/** Apps to release: the seed's sample, builders for others, and arbitrary ones. */
import fc from 'fast-check';
import {
  type Declarations,
  type Deployment,
  type Gateways,
  type LaneSpec,
  type Manifest,
  type Match,
  type Member,
  namedStage,
  namedStages,
  type Percentage,
  type PodTemplate,
  render,
  resolve,
  type RolloutSpec,
  type Service,
  type Special,
  type Standing,
  type Step,
  type Supports,
  type Topology,
  warningsAround,
} from '../../lib/core';
import { mse } from '../../lib/gateways/mse';

export const TAG_LABELS = { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' };
export const SUBSET_ANNOTATION = 'mse.ingress.kubernetes.io/service-subset';

export function template(name: string, version: string): PodTemplate {
  return {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'main', image: `example.com/shop/${name}:${version}` }] },
  };
}

/** Runs v2 of its template unless told otherwise: what the user declares in mid-release. */
export function deployment(name: string, spec: Partial<Deployment['spec']> = {}, namespace?: string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: template(name, 'v2'), ...spec },
  };
}

export function service(name: string, spec: Partial<Service['spec']> = {}, namespace?: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  };
}

export function ingress(name: string, backend = name, namespace?: string): Manifest {
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: backend, port: { number: 80 } } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { ingressClassName: 'mse', rules: [{ host: `${name}.example.com`, http: { paths: [path] } }] },
  };
}

/** The seed's lane. */
export function lane(over: Partial<LaneSpec> = {}): LaneSpec {
  return {
    name: 'mse-traffic',
    objectRef: [{ service: 'spring-cloud-a', ingress: { classType: 'mse', name: 'spring-cloud-a' } }],
    matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    ...over,
  };
}

/** A rollout of the seed's lane. */
export function laneRollout(name: string, workload: string, over: Partial<RolloutSpec> = {}): RolloutSpec {
  return {
    name,
    workloadRef: { name: workload },
    steps: [{ replicas: 1, pause: {} }],
    trafficRoutingRef: 'mse-traffic',
    patchPodTemplateMetadata: { labels: TAG_LABELS },
    ...over,
  };
}

/** A rollout with routing of its own over the Ingress and Service of its workload's name. */
export function ownRollout(workload: string, steps: readonly Step[], over: Partial<RolloutSpec> = {}): RolloutSpec {
  return {
    name: `rollout-${workload}`,
    workloadRef: { name: workload },
    steps,
    trafficRoutings: [{ service: workload, ingress: { classType: 'mse', name: workload } }],
    ...over,
  };
}

export function joinedRollout(workload: string, steps: readonly Step[]): RolloutSpec {
  return { name: `rollout-${workload}`, workloadRef: { name: workload }, steps };
}

/** The objects of one workload behind an Ingress. */
export function exposed(name: string): Manifest[] {
  return [deployment(name), service(name), ingress(name)];
}

/** The seed: gateway -> spring-cloud-a -> spring-cloud-b. */
export const seed: Declarations = {
  objects: [...exposed('spring-cloud-a'), deployment('spring-cloud-b'), service('spring-cloud-b')],
  lanes: [lane()],
  rollouts: [laneRollout('rollout-a', 'spring-cloud-a'), laneRollout('rollout-b', 'spring-cloud-b')],
};

export const gateways: Gateways = { mse };
/** MSE as if it could do something else. */
export function limited(special: Special): Gateways {
  const groups = Object.entries(special).map(([group, over]) => [
    group,
    { ...mse.supports[group as keyof Special], ...over },
  ]);
  return { mse: { ...mse, supports: { ...mse.supports, ...(Object.fromEntries(groups) as Special) } as Supports } };
}
/** MSE as if it had to know a canary beforehand. */
export const warmGateways = limited({ canary: { warmUp: true } });

export function memberOf(topology: Topology, rollout: string): Member {
  return topology.members.find(({ spec }) => spec.name === rollout)!;
}

/** The app with these rollouts at these stages, each on its way from v1 to v2; the others are steady. */
export function renderAt(declarations: Declarations, at: Record<string, string>, over = gateways): Manifest[] {
  const topology = resolve(declarations, over);
  const standings = Object.entries(at).map(([rollout, stage]): [Member, Standing] => {
    const member = memberOf(topology, rollout);
    const target = member.deployment.spec.template;
    const stable = template(member.deployment.metadata.name!, 'v1');
    return [member, { stage: namedStage(member.plan, stage), templates: { stable, target } }];
  });
  return render(topology, new Map(standings));
}

/** A whole release of what is declared, with what is around it: what would be refused next is refused here. */
export function released(declarations: Declarations, over = gateways): void {
  const topology = resolve(declarations, over);
  for (const member of topology.members) {
    const { template: target } = member.deployment.spec;
    const stable: PodTemplate = { ...target, spec: { ...(target.spec as object), hostname: 'before' } };
    const templates = { stable, target };
    warningsAround(member, templates, topology.objects);
    for (const stage of namedStages(member.plan)) render(topology, new Map([[member, { stage, templates }]]));
  }
}

export function find<T extends Manifest = Manifest>(objects: readonly Manifest[], kind: string, name: string) {
  return objects.find((object) => object.kind === kind && object.metadata.name === name) as T | undefined;
}

export function image(object: Manifest | undefined): string | undefined {
  const spec = (object as Deployment | undefined)?.spec.template.spec as
    { containers: { image: string }[] } | undefined;
  return spec?.containers[0]!.image.split(':')[1];
}

const percent = fc.integer({ min: 1, max: 100 }).map((n): Percentage => `${n}%`);

/** One to five sizes, numbers and percentages, each kind not decreasing between its neighbours. */
export const sizes = fc
  .array(
    fc.record({
      number: fc.integer({ min: 1, max: 8 }),
      percent: fc.integer({ min: 1, max: 100 }),
      asNumber: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((list) => {
    const numbers = list.map(({ number }) => number).sort((a, b) => a - b);
    const percents = list.map((one) => one.percent).sort((a, b) => a - b);
    return list.map(({ asNumber }, i) => (asNumber ? numbers[i]! : (`${percents[i]!}%` as const)));
  });

const pause: fc.Arbitrary<Pick<Step, 'pause'>> = fc.constantFrom(
  {},
  { pause: {} },
  { pause: { duration: 0 } },
  { pause: { duration: 60 } },
);

/** Steps that leave routing to a lane, or have none. */
export const plainSteps: fc.Arbitrary<Step[]> = sizes.chain((list) =>
  fc.tuple(...list.map((replicas) => pause.map((one) => ({ replicas, ...one })))),
);

const name = fc.constantFrom('x-user', 'x-group', 'X-Beta');
const value = fc.constantFrom('foo', 'bar', 'a b', '1.0');
export const match: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ name, value }).map((header) => ({ headers: [header] })),
  fc.record({ name, value: fc.constantFrom('a.*', '[0-9]+') }).map((header) => ({
    headers: [{ type: 'RegularExpression' as const, ...header }],
  })),
  fc.record({ name, value }).map((param) => ({ queryParams: [param] })),
  fc.constant({ cookies: [{ name: 'beta', value: 'always' }] }),
);
const matches = fc.array(match, { minLength: 1, maxLength: 3 });
const stepRouting: fc.Arbitrary<Partial<Step>> = fc.oneof(
  fc.constant({}),
  percent.map((traffic) => ({ traffic })),
  matches.map((list) => ({ matches: list })),
  fc.record({ traffic: percent, matches }),
);

/** Steps of a rollout with routing of its own: traffic, matches, both or neither in each. */
export const routedSteps: fc.Arbitrary<Step[]> = plainSteps.chain((steps) =>
  fc.tuple(...steps.map((step) => stepRouting.map((routing) => ({ ...step, ...routing })))),
);

/** An app with its gateways. */
export interface App {
  readonly declarations: Declarations;
  readonly gateways: Gateways;
}

const replicas = fc.integer({ min: 1, max: 10 });

/** A lane, by subset or apart, with one to five rollouts; `entry` says whether the first one is the entry's. */
const laneApp = fc
  .record({
    subset: fc.boolean(),
    entry: fc.boolean(),
    members: fc.array(fc.tuple(plainSteps, replicas), { minLength: 1, maxLength: 5 }),
    gateways: fc.constantFrom(gateways, warmGateways),
    weight: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    matches,
  })
  .map(({ subset, entry, members, gateways: over, weight, matches: list }): App => {
    const names = members.map((_, i) => (entry ? `app-${i}` : `app-${i + 1}`));
    const tag = subset && { requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] } };
    const { requestHeaderModifier: _, ...plain } = lane();
    const objectRef = [{ service: 'app-0', ingress: { classType: 'mse', name: 'app-0' } }];
    return {
      gateways: over,
      declarations: {
        objects: [
          ...(entry ? [] : [deployment('app-0')]),
          service('app-0'),
          ingress('app-0'),
          ...names.flatMap((one, i) => [
            deployment(one, { replicas: members[i]![1] }),
            ...(one === 'app-0' ? [] : [service(one)]),
          ]),
        ],
        lanes: [{ ...plain, ...tag, objectRef, matches: list, ...(weight !== undefined && { weight }) }],
        rollouts: names.map((one, i) => laneRollout(`rollout-${one}`, one, { steps: members[i]![0] })),
      },
    };
  });

const singleApp = (steps: fc.Arbitrary<Step[]>, rollout: (workload: string, steps: Step[]) => RolloutSpec) =>
  fc.record({ steps, replicas, gateways: fc.constantFrom(gateways, warmGateways) }).map((one): App => ({
    gateways: one.gateways,
    declarations: {
      objects: [deployment('app-0', { replicas: one.replicas }), service('app-0'), ingress('app-0')],
      lanes: [],
      rollouts: [rollout('app-0', one.steps)],
    },
  }));

export const ownApp = singleApp(routedSteps, ownRollout);
export const joinedApp = singleApp(plainSteps, joinedRollout);
export const app: fc.Arbitrary<App> = fc.oneof({ arbitrary: laneApp, weight: 2 }, ownApp, joinedApp);
export { laneApp };
