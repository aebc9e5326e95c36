/**
 * Approvals and aborts that are left over: in any life, namespace, cluster or stack they pass no gate but the one that told
 * them, and take no release back but that one.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Api, kinds, type Live } from '../../lib/cluster';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

const STEPS = 2;
const names = ['web', 'shop'];
const images = ['v1', 'v2', 'v3'];

interface Happening {
  /** Which stack: two namespaces in each of two clusters. */
  readonly at: number;
  readonly what: 'up' | 'approve' | 'abort' | 'destroy' | 'rename' | 'takeover';
  /** Of a rollout that is made anew. */
  readonly name: string;
  readonly image: string;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  at: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom('up', 'up', 'up', 'approve', 'approve', 'abort', 'destroy', 'rename', 'takeover'),
  name: fc.constantFrom(...names),
  image: fc.constantFrom(...images),
});

interface Place {
  readonly here: Scene;
  /** Another one from a takeover on. */
  stack: ModelStack<DeclaredRollout>;
  readonly namespace: string;
  name: string;
  /** In the program: an alias renames it, and not the rollout. */
  resource: string;
  /** Where it waits, as it was told last. */
  gate: string;
  /** Where it should stand: what stable runs, and the release at its gate. */
  stable?: string;
  release?: { readonly target: string; readonly step: number };
  /** That release, as an abort names it. */
  id?: string;
  /** How many releases there have been, and what the last one went back from. */
  releases: number;
  aborted?: string;
}

test(
  'left over anywhere, they pass no gate that was not approved for that very release, and abort none',
  { timeout: 600_000 },
  async () => {
    let gates = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 16 }), async (happenings) => {
        const places = await fourPlaces();
        const told = new Set<string>();
        for (const one of happenings) {
          const place = places[one.at]!;
          if (one.what === 'destroy') {
            if (place.stack.kept) expect(await place.stack.destroy()).toBeUndefined();
            Object.assign(place, { stable: undefined, release: undefined, releases: 0, aborted: undefined, gate: '' });
            continue;
          }
          if (place.stable === undefined) place.name = place.resource = one.name;
          else if (one.what === 'rename') place.resource += '-renamed';
          else if (one.what === 'takeover') place.stack = place.here.stack();
          const { stack, gate } = place;
          const image = one.what === 'up' ? one.image : (place.release?.target ?? one.image);
          const leftover = [...told].filter((text) => text !== gate);
          const given = one.what === 'approve' && gate ? [gate] : [];
          const aborts = [...told].map(releaseOf).filter((text) => one.what === 'abort' || text !== releaseOf(gate));
          place.here.environment.GRAYLANE_APPROVE = [...leftover, ...given].join(',');
          place.here.environment.GRAYLANE_ABORT = aborts.join(',');
          follow(place, image, { approved: given.length > 0, aborts });
          const { error, outputs } = await stack.up(declared(place, image));
          place.gate = outputs.gate as string;
          expect(error).toBe('');
          expect(standing(outputs.gate as string, outputs.stage as string)).toEqual(expected(place));
          place.id = releaseOf(outputs.gate as string);
          if (outputs.gate) told.add(outputs.gate as string);
        }
        gates += told.size;
      }),
      { numRuns: 40 },
    );
    expect(gates).toBeGreaterThan(60);
  },
);

interface Given {
  readonly approved: boolean;
  readonly aborts: readonly string[];
}

/** What an update makes of it where left-over approvals and aborts count for nothing, but that one of the last release holds. */
function follow(place: Place, image: string, { approved, aborts }: Given): void {
  const { stable, release } = place;
  const begin = (target: string) => {
    place.release = { target, step: 1 };
    place.releases += 1;
    delete place.aborted;
  };
  const goBack = () => {
    place.aborted = release!.target;
    delete place.release;
  };
  const ofLast = aborts.some((text) => text.startsWith(`${place.name}#${place.releases}-`));
  if (stable === undefined) place.stable = image;
  else if (release && aborts.includes(place.id!)) goBack();
  else if (release === undefined) {
    if (image !== stable && !(ofLast && image === place.aborted)) begin(image);
  } else if (image === stable) goBack();
  else if (image !== release.target) begin(image);
  else if (approved && release.step < STEPS) place.release = { ...release, step: release.step + 1 };
  else if (approved) {
    place.stable = image;
    delete place.release;
  }
}

/** The release of a gate, as an abort names it. */
function releaseOf(gate: string): string {
  return gate.replace(/\/.*/, '');
}

function expected({ name, release }: Place): string {
  return release === undefined ? 'stable' : `${name} waits at step-${release.step}`;
}

function standing(gate: string, stage: string): string {
  const [, name, step] = /^(\w+)#\d+-\w+\/(step-\d)$/.exec(gate) ?? [];
  return name === undefined ? stage : `${name} waits at ${step}`;
}

function declared({ name, resource, namespace, stack }: Place, image: string): DeclaredRollout {
  const { metadata, spec } = workload('web', image);
  return {
    resource,
    // A stack that takes it over has never heard of it.
    ...(stack.kept === undefined && { name, adopt: true }),
    workload: { metadata: { ...metadata, namespace }, spec },
    steps: Array.from({ length: STEPS }, () => ({ replicas: 1 })),
  };
}

async function fourPlaces(): Promise<Place[]> {
  const clusters = [await scene(), await scene()];
  return clusters.flatMap((here, cluster) => {
    here.use(named(here.world.api, `cluster-${cluster}`));
    return ['test-1', 'test-2'].map((namespace) => ({
      here,
      stack: here.stack(),
      namespace,
      name: 'web',
      resource: 'web',
      gate: '',
      releases: 0,
    }));
  });
}

/** The same cluster with uids that no other has: simulated ones begin with the same. */
function named(api: Api, cluster: string): Api {
  const as = <T extends Live | undefined>(live: T): T =>
    live?.kind === kinds.configMap.kind
      ? { ...live, metadata: { ...live.metadata, uid: `${cluster}-${live.metadata.uid}` } }
      : live;
  return Object.assign(Object.create(api) as Api, {
    get: async (ref: Parameters<Api['get']>[0]) => as(await api.get(ref)),
    create: async (object: Parameters<Api['create']>[0]) => as(await api.create(object)),
    update: async (object: Parameters<Api['update']>[0]) => as(await api.update(object)),
  });
}
