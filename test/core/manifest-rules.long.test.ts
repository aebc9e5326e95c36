/** R1, R3 and R4 on the manifests: every move of every rollout of an app, its changed objects applied one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canaryName,
  type Deployment,
  holdsRoute,
  type Manifest,
  objectKey,
  selects,
  type Service,
  type Topology,
  templatesOf,
} from '../../lib/core';
import { app, type App, find, laneApp, plainSteps, routedSteps, SUBSET_ANNOTATION } from './fixtures';
import {
  finish,
  happen,
  happening,
  type Move,
  newWalker,
  shown,
  stageOf,
  story,
  topologyOf,
  type Walker,
} from './walk';

/** Several rollouts of one app, interleaved: each event goes to one of them. */
const interleaved = (apps: fc.Arbitrary<App>) =>
  apps.chain((one) => {
    const steps = one.declarations.rollouts[0]!.trafficRoutings ? routedSteps : plainSteps;
    const turn = fc.tuple(fc.nat({ max: one.declarations.rollouts.length - 1 }), happening(steps));
    return fc.array(turn, { minLength: 5, maxLength: 40 }).map((turns) => play(topologyOf(one), turns));
  });

interface Played {
  readonly topology: Topology;
  /** Where all rollouts stood, from the beginning to the end. */
  readonly points: (readonly Walker[])[];
}

type Turn = [number, Parameters<typeof happen>[1]];

function play(topology: Topology, turns: readonly Turn[]): Played {
  let walkers = topology.members.map((member) => happen(newWalker(member), { is: 'declared', version: 'v2' }));
  const points: (readonly Walker[])[] = [walkers];
  const moves: Move[] = [];
  const move = (index: number, after: Walker, what: Move['happening']) => {
    moves.push({ happening: what, before: walkers[index]!, after });
    walkers = walkers.map((walker, i) => (i === index ? after : walker));
    points.push(walkers);
  };
  for (const [index, what] of turns) move(index, happen(walkers[index]!, what), what);
  walkers.forEach((walker, index) => {
    for (const { after, happening: what } of finish(walker)) move(index, after, what);
  });
  return { topology, points, [fc.toStringMethod]: () => story(moves) } as Played;
}

/** Where a canary Ingress leads, read off its fields and without the gateway. */
interface Led {
  readonly name: string;
  readonly service: string;
  readonly subset?: string;
}

function openIngresses(objects: readonly Manifest[]): Led[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'Ingress' && metadata.annotations?.['nginx.ingress.kubernetes.io/canary'])
    .map(({ metadata, spec }) => {
      const { rules } = spec as { rules: { http: { paths: { backend: { service: { name: string } } }[] } }[] };
      const subset = metadata.annotations?.[SUBSET_ANNOTATION];
      return {
        name: metadata.name!,
        service: rules[0]!.http.paths[0]!.backend.service.name,
        ...(subset && { subset }),
      };
    });
}

/** Canary Deployments to whose pods the Ingress leads; undefined where it leads to stable's. */
function canariesOf({ service: name, subset }: Led, objects: readonly Manifest[]): Manifest[] | 'stable' | 'nowhere' {
  const service = find<Service>(objects, 'Service', name);
  if (service === undefined) return 'nowhere';
  const ours = service.metadata.labels?.['graylane.io/rollout'] !== undefined;
  if (!ours && subset === undefined) return 'stable';
  return (objects.filter(({ kind }) => kind === 'Deployment') as Deployment[]).filter(
    ({ metadata, spec: { template, replicas } }) =>
      metadata.labels?.['graylane.io/rollout'] !== undefined &&
      replicas! > 0 &&
      selects(service.spec.selector, template.metadata?.labels) &&
      (subset === undefined || template.metadata?.labels?.[`opensergo.io/canary-${subset}`] === subset),
  );
}

interface Change {
  readonly key: string;
  /** Undefined: deleted. */
  readonly after: Manifest | undefined;
}

function changesBetween(before: readonly Manifest[], after: readonly Manifest[]): Change[] {
  const byKey = (list: readonly Manifest[]) => new Map(list.map((object) => [objectKey(object), object]));
  const [from, to] = [byKey(before), byKey(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((key) => JSON.stringify(from.get(key)) !== JSON.stringify(to.get(key)))
    .map((key) => ({ key, after: to.get(key) }));
}

function apply(objects: readonly Manifest[], { key, after }: Change): Manifest[] {
  return [...objects.filter((object) => objectKey(object) !== key), ...(after ? [after] : [])];
}

/** Every order of up to four changes; of more, each rotation forwards and backwards. */
function orders(changes: readonly Change[]): Change[][] {
  if (changes.length <= 1) return [[...changes]];
  if (changes.length > 4) return rotations(changes);
  return changes.flatMap((first) =>
    orders(changes.filter((change) => change !== first)).map((rest) => [first, ...rest]),
  );
}

function rotations(changes: readonly Change[]): Change[][] {
  return changes.flatMap((_, i) => {
    const rotated = [...changes.slice(i), ...changes.slice(0, i)];
    return [rotated, [...rotated].reverse()];
  });
}

const revisions = (objects: readonly Manifest[], name: string) =>
  JSON.stringify(find<Deployment>(objects, 'Deployment', name)?.spec.template);

/** An open route has pods that were there before, of the same revision, and that stay. */
function checkRoutes(state: readonly Manifest[], before: readonly Manifest[], after: readonly Manifest[]): void {
  for (const led of openIngresses(state)) {
    const canaries = canariesOf(led, state);
    expect(canaries, `${led.name} leads nowhere`).not.toBe('nowhere');
    if (canaries === 'stable' || canaries === 'nowhere') continue;
    const names = canaries.map(({ metadata }) => metadata.name!);
    expect(names.length, `${led.name} leads to no canary`).toBeGreaterThan(0);
    const stood = names.filter((name) => find(before, 'Deployment', name) && find(after, 'Deployment', name));
    expect(stood.length, `${led.name} leads to a canary that comes or goes`).toBeGreaterThan(0);
    for (const name of stood) expect(revisions(after, name)).toBe(revisions(before, name));
  }
}

test('R1 R3 consecutive points applied in the worst order: an open route always leads to pods that stay', () => {
  fc.assert(
    fc.property(interleaved(app), ({ topology, points }) => {
      let before = shown(topology, points[0]!);
      for (const walkers of points.slice(1)) {
        const after = shown(topology, walkers);
        for (const order of orders(changesBetween(before, after))) {
          let state = [...before];
          for (const change of order) {
            state = apply(state, change);
            checkRoutes(state, before, after);
          }
        }
        before = after;
      }
    }),
    { numRuns: 60 },
  );
});

test('R7 two revisions never stand behind one route', () => {
  fc.assert(
    fc.property(interleaved(app), ({ topology, points }) => {
      for (const walkers of points) {
        const objects = shown(topology, walkers);
        for (const led of openIngresses(objects)) {
          const canaries = canariesOf(led, objects);
          if (typeof canaries !== 'string') expect(canaries).toHaveLength(1);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("R4 a lane's route exists exactly while somebody holds the lane, and points as the table says", () => {
  fc.assert(
    fc.property(interleaved(laneApp), ({ topology, points }) => {
      const [{ lane, division }] = topology.routings as [(typeof topology.routings)[number]];
      const service = lane!.objectRef[0]!.service;
      const entryTarget = division.subset ? { service, subset: division.subset } : { service: canaryName(service) };
      for (const walkers of points) {
        const holders = walkers.filter((walker) => holdsRoute(stageOf(walker).route));
        const entry = holders.some(({ member }) => member.spec.workloadRef.name === service);
        const rows = (lane!.matches?.length ?? 0) + (lane!.weight === undefined ? 0 : 1);
        const open = openIngresses(shown(topology, walkers)).map(({ name: _, ...target }) => target);
        const wanted = entry ? entryTarget : { service };
        expect(open).toEqual(holders.length === 0 ? [] : Array<unknown>(rows).fill(wanted));
      }
    }),
    { numRuns: 100 },
  );
});

test('R4 joining and leaving never changes an object of a rollout that stays where it is', () => {
  fc.assert(
    fc.property(interleaved(laneApp), ({ topology, points }) => {
      points.slice(1).forEach((walkers, i) => {
        const still = walkers.filter((walker, j) => walker === points[i]![j]);
        const [before, after] = [shown(topology, points[i]!), shown(topology, walkers)];
        for (const { member } of still) {
          for (const name of [member.deployment.metadata.name!, canaryName(member.deployment.metadata.name!)]) {
            expect(find(after, 'Deployment', name)).toEqual(find(before, 'Deployment', name));
            expect(find(after, 'Service', name)).toEqual(find(before, 'Service', name));
          }
        }
      });
    }),
    { numRuns: 40 },
  );
});

test('R2 until promotion the manifest of stable has the declared replicas and the old template, paused', () => {
  fc.assert(
    fc.property(interleaved(app), ({ topology, points }) => {
      for (const walkers of points) {
        const objects = shown(topology, walkers);
        for (const walker of walkers) {
          const { deployment } = walker.member;
          const stage = stageOf(walker);
          const stable = find<Deployment>(objects, 'Deployment', deployment.metadata.name!)!;
          const templates = templatesOf(walker.ledger);
          expect(stable.spec.replicas).toBe(deployment.spec.replicas);
          expect(stable.spec.paused).toBe(stage.id.startsWith('step-') ? true : undefined);
          const promoted = stage.id.startsWith('promote/') || stage.id === 'stable';
          expect(stable.spec.template).toEqual(templates[promoted ? 'target' : 'stable']);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('R10 whatever happens, objects of the user stay, and ours carry our labels', () => {
  fc.assert(
    fc.property(interleaved(app), ({ topology, points }) => {
      const declared = new Set(topology.objects.map(objectKey));
      for (const walkers of points) {
        const objects = shown(topology, walkers);
        const keys = objects.map(objectKey);
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of declared) expect(keys).toContain(key);
        for (const { metadata } of objects.filter((object) => !declared.has(objectKey(object)))) {
          expect(Object.keys(metadata.labels!).some((label) => /^graylane\.io\/(rollout|lane)$/.test(label))).toBe(
            true,
          );
        }
      }
    }),
    { numRuns: 40 },
  );
});
