/** What the resources send to the engine, by Pulumi's mocks. */
import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import * as pulumi from '@pulumi/pulumi';
import { ModuleKind, transpileModule } from 'typescript';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CanaryRollout, type CanaryRolloutArgs, TrafficRoutingLane } from '../../lib/pulumi';
import { foreignProvider, workload } from './fixtures';

/** What the engine was sent, by name. */
const sent = new Map<string, Record<string, unknown>>();
const types = new Map<string, string>();

beforeAll(async () => {
  const newResource = ({ name, type, inputs }: pulumi.runtime.MockResourceArgs) => {
    sent.set(name, inputs as Record<string, unknown>);
    types.set(name, type);
    return { id: `${name}-id`, state: { ...inputs, stage: 'stable', reference: 'shop/mse-traffic' } as object };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, 'shop', 'dev');
});

beforeEach(() => sent.clear());

type Handler = (exports: object, require: (name: string) => unknown) => void;

const steps = [{ replicas: 1 }];
const args: CanaryRolloutArgs = { workload: workload('web'), steps };

/** What a rollout sends, when all of its inputs are known. */
async function inputsOf(name: string, given: CanaryRolloutArgs, opts?: pulumi.CustomResourceOptions) {
  const rollout = new CanaryRollout(name, given, opts);
  await new Promise((resolve) => rollout.urn.apply(resolve));
  return sent.get(name)!;
}

describe('CanaryRollout', () => {
  test('sends what it was given, its own name, and where its lines go', async () => {
    const inputs = await inputsOf('web', args);
    expect(inputs).toMatchObject({ resource: 'web', steps, workload: workload('web') });
    expect(inputs.reportAs).toMatch(/^urn:pulumi:dev::shop::pulumi-nodejs:dynamic\/graylane:CanaryRollout::web$/);
    expect(Object.keys(inputs).filter((key) => inputs[key] === undefined)).toEqual([]);
  });

  test('is in the component that it is given', async () => {
    const parent = new pulumi.ComponentResource('shop:Service', 'service');
    expect((await inputsOf('web', args, { parent })).reportAs).toMatch(
      /::shop:Service\$pulumi-nodejs:dynamic\/graylane:CanaryRollout::web$/,
    );
  });

  test('takes inputs within the workload', async () => {
    const spec = { ...workload('web').spec, replicas: pulumi.output(5) };
    expect(
      await inputsOf('web', { ...args, workload: { metadata: { name: pulumi.output('web') }, spec } }),
    ).toMatchObject({
      workload: { metadata: { name: 'web' }, spec: { replicas: 5 } },
    });
  });

  test('R16 says where the workload holds secrets', async () => {
    const { metadata, spec } = workload('web');
    const secret = pulumi.secret('hunter2');
    const container = {
      name: 'main',
      image: 'web:v1',
      env: [
        { name: 'A', value: 'a' },
        { name: 'B', value: secret },
      ],
    };
    const template = { metadata: { labels: Promise.resolve({ app: secret }) }, spec: { containers: [container] } };
    const at = async (given: unknown) => (await inputsOf('web', { ...args, workload: given as never })).secretWorkload;
    expect(await at({ metadata, spec: { ...spec, template } })).toEqual([
      'workload.spec.template.metadata.labels.app',
      'workload.spec.template.spec.containers[0].env[1].value',
    ]);
    expect(await at({ metadata, spec: pulumi.secret(spec) })).toEqual(['workload.spec']);
    expect(await at(pulumi.output({ metadata, spec: { ...spec, template } }))).toEqual(['workload']);
    expect(await at({ metadata, spec: pulumi.unsecret(pulumi.secret(spec)) })).toBeUndefined();
    expect(await inputsOf('web', args)).not.toHaveProperty('secretWorkload');
  });

  test.each([
    [
      { create: '10m', update: '1h30m', delete: '1m30.5s' },
      { create: 600, update: 5400, delete: 91 },
    ],
    [{ update: '900ms' }, { update: 1 }],
    [{}, undefined],
  ])('gives customTimeouts in seconds: %j', async (customTimeouts, expected) => {
    expect((await inputsOf('web', args, { customTimeouts })).customTimeouts).toEqual(expected);
  });

  test.each([
    [['workload.spec.replicas'], true],
    [['workload.spec["replicas"]'], true],
    [['workload["spec"]'], true],
    [['steps', 'workload'], true],
    [['workload.spec.replicasOfMine', 'workload.metadata', 'steps'], undefined],
    [undefined, undefined],
  ])('says whether replicas are left alone: ignoreChanges %j', async (ignoreChanges, expected) => {
    expect((await inputsOf('web', args, { ignoreChanges })).replicasIgnored).toBe(expected);
  });

  test('takes a lane as a resource, or by its reference', async () => {
    const lane = new TrafficRoutingLane('mse-traffic', { objectRef: { service: 'web', ingress: { name: 'web' } } });
    expect(await inputsOf('a', { ...args, lane })).toMatchObject({ lane: 'shop/mse-traffic' });
    expect(await inputsOf('b', { ...args, lane: 'shop/mse-traffic' })).toMatchObject({ lane: 'shop/mse-traffic' });
  });

  test('takes Services and Ingresses as resources', async () => {
    class Kubernetes extends pulumi.CustomResource {
      declare readonly metadata: pulumi.Output<{ name: string }>;
      constructor(name: string) {
        super('kubernetes:core/v1:Service', name, { metadata: { name: `${name}-1a2b` } });
      }
    }
    const service = new Kubernetes('service');
    const name = new Kubernetes('ingress');
    expect(
      await inputsOf('web', { ...args, trafficRoutings: [{ service, ingress: { classType: 'mse', name } }] }),
    ).toMatchObject({
      trafficRoutings: [{ service: 'service-1a2b', ingress: { classType: 'mse', name: 'ingress-1a2b' } }],
    });
  });

  test('takes the name from metadata', async () => {
    expect(await inputsOf('web', { ...args, metadata: { name: 'shop' } })).toMatchObject({
      resource: 'web',
      name: 'shop',
    });
  });

  test('takes a provider of another package with a kubeconfig beside it', async () => {
    expect(() => new CanaryRollout('web', args, { provider: foreignProvider() })).toThrow(/provider-ignored/);
    const lane = () => new TrafficRoutingLane('l', { objectRef: [] }, { provider: foreignProvider() });
    expect(lane).toThrow(/provider-ignored/);
  });
});

describe('a component with a provider of Kubernetes', () => {
  class Cluster extends pulumi.ProviderResource {
    constructor() {
      super('kubernetes', 'there', {});
    }
  }
  class Service extends pulumi.ComponentResource {
    constructor(opts: pulumi.ComponentResourceOptions) {
      super('shop:Service', 'service', {}, opts);
    }
  }
  const made = (parent: pulumi.Resource, given: object = {}) =>
    new CanaryRollout('web', { ...args, ...given }, { parent });

  test('does not get a rollout in another cluster: it is refused, with the way out', () => {
    const parent = new Service({ provider: new Cluster() });
    expect(() => made(parent)).toThrow(/opts\.parent.*pulumi:providers:kubernetes.*kubeconfig.*provider-ignored/);
    const lane = () => new TrafficRoutingLane('l', { objectRef: [] }, { parent });
    expect(lane).toThrow(/provider-ignored/);
  });

  test('nor one of its components', () => {
    const parent = new Service({ parent: new Service({ providers: { kubernetes: new Cluster() } }) });
    expect(() => made(parent)).toThrow(/provider-ignored/);
  });

  test('says where by the kubeconfig beside it', () => {
    expect(() => made(new Service({ provider: new Cluster() }), { kubeconfig: 'there' })).not.toThrow();
  });
});

test('TrafficRoutingLane sends its bases, hops and tag by name', async () => {
  const refs = { objectRef: { service: 'a', gateway: { grpcRouteName: pulumi.output('a') } } };
  const hops = [{ service: 'b', gateway: { httpRouteName: 'b-mesh' } }];
  const tag = { baggage: pulumi.output('lane=gray') };
  const lane = new TrafficRoutingLane('beta', { ...refs, hops, tag });
  await new Promise((resolve) => lane.urn.apply(resolve));
  expect(sent.get('beta')).toMatchObject({
    objectRef: [{ service: 'a', gateway: { grpcRouteName: 'a' } }],
    hops,
    tag: { baggage: 'lane=gray' },
  });
});

test('the policy of docs/pulumi.md sees the Deployment of a rollout, as that of a native resource', async () => {
  const [, code] = /## Policies[^]*?```ts\n([^]*?)```/.exec(readFileSync('docs/pulumi.md', 'utf8'))!;
  const packs: Pack[] = [];
  class PolicyPack {
    constructor(_: string, pack: Pack) {
      packs.push(pack);
    }
  }
  const module = transpileModule(code!, { compilerOptions: { module: ModuleKind.CommonJS } }).outputText;
  (compileFunction(module, ['exports', 'require']) as Handler)({}, () => ({ PolicyPack }));
  const violations = (resource: PolicyResource) => {
    const found: string[] = [];
    packs[0]!.policies[0]!.validateResource(resource, (text) => found.push(text));
    return found;
  };
  const { metadata, spec } = workload('web', 'latest');
  const props = await inputsOf('web', { ...args, workload: { metadata, spec } });
  const image = 'main: example.com/shop/web:latest';
  expect(violations({ type: types.get('web')!, props })).toEqual([image]);
  expect(violations({ type: 'kubernetes:apps/v1:Deployment', props: { metadata, spec } })).toEqual([image]);
  expect(violations({ type: 'kubernetes:core/v1:Service', props: {} })).toEqual([]);
});

interface PolicyResource {
  readonly type: string;
  readonly props: object;
}
interface Pack {
  readonly policies: readonly {
    readonly validateResource: (resource: PolicyResource, report: (text: string) => void) => void;
  }[];
}

test('the provider text in the state is under 1 KB, and finds the installed provider', async () => {
  const text = (await inputsOf('web', args)).__provider as string;
  expect(Buffer.byteLength(text)).toBeLessThan(1024);
  const wanted: string[] = [];
  const module = { exports: {} as { handler?: () => unknown } };
  // As Pulumi runs it.
  (compileFunction(text, ['exports', 'require']) as Handler)(module.exports, (name: string) => {
    wanted.push(name);
    return { rolloutProvider: 'the provider' };
  });
  expect(module.exports.handler!()).toBe('the provider');
  expect(wanted).toEqual(['graylane/pulumi/provider']);
});
