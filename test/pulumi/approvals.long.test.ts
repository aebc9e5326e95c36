/** Approvals that are left over: in any life, namespace, cluster or stack they pass no gate but the one that told them. */
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
  readonly what: 'up' | 'approve' | 'destroy';
  /** Of a rollout that is made anew. */
  readonly name: string;
  readonly image: string;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  at: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom('up', 'up', 'up', 'approve', 'approve', 'destroy'),
  name: fc.constantFrom(...names),
  image: fc.constantFrom(...images),
});

interface Place {
  readonly here: Scene;
  readonly stack: ModelStack<DeclaredRollout>;
  readonly namespace: string;
  name: string;
  /** Where it should stand: what stable runs, and the release at its gate. */
  stable?: string;
  release?: { readonly target: string; readonly step: number };
}

test(
  'left over anywhere, they pass no gate that was not approved for that very release',
  { timeout: 600_000 },
  async () => {
    let gates = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 4, maxLength: 16 }), async (happenings) => {
        const places = await fourPlaces();
        const told = new Set<string>();
        for (const one of happenings) {
          const place = places[one.at]!;
          const { stack } = place;
          if (one.what === 'destroy') {
            if (stack.kept) expect(await stack.destroy()).toBeUndefined();
            delete place.stable;
            delete place.release;
            continue;
          }
          if (place.stable === undefined) place.name = one.name;
          const image = one.what === 'approve' ? (place.release?.target ?? one.image) : one.image;
          const gate = (stack.kept?.outputs.gate as string | undefined) ?? '';
          const leftover = [...told].filter((text) => text !== gate);
          const given = one.what === 'approve' && gate ? [gate] : [];
          place.here.environment.GRAYLANE_APPROVE = [...leftover, ...given].join(',');
          follow(place, image, given.length > 0);
          const { error, outputs } = await stack.up(declared(place, image));
          expect(error).toBe('');
          expect(standing(outputs.gate as string, outputs.stage as string)).toEqual(expected(place));
          if (outputs.gate) told.add(outputs.gate as string);
        }
        gates += told.size;
      }),
      { numRuns: 40 },
    );
    expect(gates).toBeGreaterThan(60);
  },
);

/** What an update makes of it where left-over approvals count for nothing. */
function follow(place: Place, image: string, approved: boolean): void {
  const { stable, release } = place;
  if (stable === undefined) place.stable = image;
  else if (release === undefined || (image !== release.target && image !== stable)) {
    if (image !== stable) place.release = { target: image, step: 1 };
  } else if (image === stable) delete place.release;
  else if (approved && release.step < STEPS) place.release = { ...release, step: release.step + 1 };
  else if (approved) {
    place.stable = image;
    delete place.release;
  }
}

function expected({ name, release }: Place): string {
  return release === undefined ? 'stable' : `${name} waits at step-${release.step}`;
}

function standing(gate: string, stage: string): string {
  const [, name, step] = /^(\w+)#\d+-\w+\/(step-\d)$/.exec(gate) ?? [];
  return name === undefined ? stage : `${name} waits at ${step}`;
}

function declared({ name, namespace }: Place, image: string): DeclaredRollout {
  const { metadata, spec } = workload('web', image);
  return {
    resource: name,
    workload: { metadata: { ...metadata, namespace }, spec },
    steps: Array.from({ length: STEPS }, () => ({ replicas: 1 })),
  };
}

async function fourPlaces(): Promise<Place[]> {
  const clusters = [await scene(), await scene()];
  return clusters.flatMap((here, cluster) => {
    here.use(named(here.world.api, `cluster-${cluster}`));
    return ['test-1', 'test-2'].map((namespace) => ({ here, stack: here.stack(), namespace, name: 'web' }));
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
