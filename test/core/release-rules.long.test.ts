/** R1, R2, R3, R7 and R9 on every step of arbitrary walks: told by stages and ledgers, without any manifest. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  currentStage,
  holdsRoute,
  type Ledger,
  type Member,
  retreat,
  revisionOf,
  type Stage,
  stages,
  transition,
} from '../../lib/core';
import { app, plainSteps, routedSteps } from './fixtures';
import {
  finish,
  happen,
  happening,
  type Move,
  newWalker,
  openRoute,
  shownReplicas,
  stageOf,
  story,
  topologyOf,
  walk,
  type Walker,
} from './walk';

/** Every list that a release can walk without an event but `settled`: the release, and the way back from each stage. */
const lists = app.map((one) => {
  const { plan } = topologyOf(one).members[0]!;
  const forth = stages(plan);
  const back = forth.slice(1, -1).map((from) => [from, ...retreat(from, plan)]);
  return { warmUp: plan.supports?.warmUp ?? false, lists: [forth, ...back] };
});

const pairs = (list: readonly Stage[]) => list.slice(1).map((after, i) => ({ before: list[i]!, after }));

function forEveryPair(check: (before: Stage, after: Stage, warmUp: boolean) => void): void {
  fc.assert(
    fc.property(lists, ({ lists: all, warmUp }) => {
      for (const { before, after } of all.flatMap(pairs)) check(before, after, warmUp);
    }),
  );
}

describe('two neighbours in a list', () => {
  test('R1 a route changes only while the canary stands, and stood in the stage before', () => {
    forEveryPair((before, after) => {
      if (before.route === after.route || after.route === 'none') return;
      expect(before.canary).toBeGreaterThan(0);
      expect(after.canary).toBeGreaterThan(0);
    });
  });

  test('R1 a route that opens finds a canary that is ready and not scaled in the same stage', () => {
    forEveryPair((before, after) => {
      if (!holdsRoute(after.route) || before.route === after.route) return;
      expect(after.canary).toBe(before.canary);
      expect(['canary-ready', 'route-taken-up']).toContain(before.settled.at(-1));
    });
  });

  test('R1 a gateway that must know the canary has taken up the warm-up before the route opens', () => {
    forEveryPair((before, after, warmUp) => {
      if (!warmUp || !holdsRoute(after.route) || holdsRoute(before.route)) return;
      expect(before).toMatchObject({ route: 'warm', settled: ['route-taken-up'] });
    });
  });

  test('R2 until promotion stable is paused, and has its old template', () => {
    forEveryPair((_, after) => {
      if (after.id.startsWith('step-')) expect(after.stable).toBe('paused');
      expect(after.stable === 'target').toBe(after.id.startsWith('promote/') || after.id === 'stable');
    });
  });

  test('R3 stable is ready at the target before the route goes, in a stage of its own', () => {
    forEveryPair((before, after) => {
      if (!holdsRoute(before.route) || holdsRoute(after.route)) return;
      if (after.id.startsWith('promote/')) {
        expect(before).toMatchObject({ id: 'promote/stable', stable: 'target', settled: ['stable-ready'] });
      } else {
        expect(after).toMatchObject({ id: 'abort/unroute', stable: 'stable' });
        expect(before.stable).not.toBe('target');
      }
    });
  });

  test('R3 the route is gone and its grace period over in the stage before the canary goes', () => {
    forEveryPair((before, after) => {
      if (before.canary === 0 || after.canary > 0) return;
      expect(holdsRoute(before.route)).toBe(false);
    });
    fc.assert(
      fc.property(lists, ({ lists: all }) => {
        for (const list of all) {
          const held = list.map(({ route }) => holdsRoute(route)).lastIndexOf(true);
          if (held >= 0) expect(list[held + 1]!.settled).toContain('grace-over');
        }
      }),
    );
  });

  test('R3 an abort during the grace period of a closed route waits for a whole one', () => {
    fc.assert(
      fc.property(lists, ({ lists: [forth] }) => {
        const closing = forth!.find(({ id }) => id === 'promote/unroute');
        if (closing === undefined) return;
        const ids = retreat(closing, { steps: [] }).map(({ id }) => id);
        expect(ids).toEqual(['abort/stable', 'abort/unroute', 'start']);
      }),
    );
  });

  test('R7 the way back ends at the start, and a list without an abort at stable', () => {
    fc.assert(
      fc.property(lists, ({ lists: [forth, ...back] }) => {
        expect(forth!.at(-1)).toMatchObject({ id: 'stable', canary: 0, route: 'none', stable: 'target' });
        for (const list of back) {
          expect(list.at(-1)).toMatchObject({ id: 'start', canary: 0, route: 'none', stable: 'stable' });
        }
      }),
    );
  });
});

/** A rollout, and arbitrary events after its release began. */
const walks = app.chain((one) => {
  const member = topologyOf(one).members[0]!;
  const steps = one.declarations.rollouts[0]!.trafficRoutings ? routedSteps : plainSteps;
  return fc.array(happening(steps), { maxLength: 40 }).map((happenings) => {
    const moves = walk(newWalker(member), [{ is: 'declared', version: 'v2' }, ...happenings]);
    const all = [...moves, ...finish(moves.at(-1)!.after)];
    return { member, moves: all, [fc.toStringMethod]: () => story(all) };
  });
});

function forEveryWalk(check: (moves: readonly Move[], member: Member) => void): void {
  fc.assert(
    fc.property(walks, ({ moves, member }) => void check(moves, member)),
    { numRuns: 150 },
  );
}

describe('every walk', () => {
  test('ends steady when it is settled and approved often enough', () => {
    forEveryWalk((moves) => expect(moves.at(-1)!.after.ledger.release).toBeUndefined());
  });

  test('R7 ends at what was declared last, whatever was declared before', () => {
    forEveryWalk((moves) => {
      const { ledger, declared } = moves.at(-1)!.after;
      expect(ledger.stable).toBe(revisionOf(declared));
    });
  });

  test('R1 a route opens or changes only at a stage whose canary stood and settled before', () => {
    forEveryWalk((moves) => {
      for (const { before, after, happening: what } of moves) {
        const opens = openRoute(after);
        if (opens === undefined || revisionOf({ spec: opens }) === revisionOf({ spec: openRoute(before) })) continue;
        expect(['settled', 'passed', 'approved']).toContain(what.is);
        expect(stageOf(before)).toMatchObject({ canary: stageOf(after).canary, stable: 'paused' });
        expect(shownReplicas(after)).toBeGreaterThan(0);
      }
    });
  });

  test('R1 a route that nobody holds yet opens after the warm-up, where the gateway needs it', () => {
    forEveryWalk((moves, { plan }) => {
      if (!plan.supports?.warmUp) return;
      for (const { before, after } of moves) {
        if (holdsRoute(stageOf(before).route) || !holdsRoute(stageOf(after).route)) continue;
        expect(stageOf(before)).toMatchObject({ route: 'warm', settled: ['route-taken-up'] });
      }
    });
  });

  test('R2 stable has the target only in promotion', () => {
    forEveryWalk((moves) => {
      for (const { after } of moves) {
        const { id, stable } = stageOf(after);
        expect(stable === 'target').toBe(id.startsWith('promote/') || id === 'stable');
        if (id.startsWith('step-')) expect(stable).toBe('paused');
      }
    });
  });

  test('R3 the canary goes only after a whole grace period without its route', () => {
    forEveryWalk((moves) => {
      let underWay = false;
      for (const { before, after, happening: what } of moves) {
        const [from, to] = [stageOf(before), stageOf(after)];
        const passed = what.is === 'settled' && from.id !== to.id;
        if (holdsRoute(from.route)) underWay = true;
        else if (passed && from.settled.includes('grace-over')) underWay = false;
        if (from.canary > 0 && to.canary === 0) expect(underWay).toBe(false);
      }
    });
  });

  test('R3 stable needs its pods wherever requests come back to it', () => {
    forEveryWalk((moves) => {
      for (const { before, after } of moves) {
        const [from, to] = [stageOf(before), stageOf(after)];
        const closes = holdsRoute(from.route) && !holdsRoute(to.route);
        const changes = from.route === 'kept' && to.route !== 'kept' && holdsRoute(to.route);
        const { trafficRoutings, trafficRoutingRef } = after.member.spec;
        const unrouted = trafficRoutingRef === undefined && !trafficRoutings?.length;
        const goes = unrouted && from.canary > 0 && to.canary === 0 && after.ledger.release !== undefined;
        if (closes || (changes && trafficRoutingRef === undefined) || goes) {
          expect(to.needs).toEqual(['stable-capacity']);
        }
      }
    });
  });

  test('R3 a route closes only in a stage for that, whose grace period runs', () => {
    forEveryWalk((moves) => {
      for (const { before, after } of moves) {
        const to = stageOf(after);
        if (!holdsRoute(stageOf(before).route) || holdsRoute(to.route)) continue;
        expect(to.id).toMatch(/\/unroute$/);
        expect(to.settled).toEqual(['grace-over']);
      }
    });
  });

  test('R3 in promotion the route goes only after stable has settled at the target', () => {
    forEveryWalk((moves) => {
      for (const { before, after, happening: what } of moves) {
        if (stageOf(after).id !== 'promote/unroute' || stageOf(before).id === 'promote/unroute') continue;
        expect(stageOf(before)).toMatchObject({ id: 'promote/stable', settled: ['stable-ready'] });
        expect(what.is).toBe('settled');
      }
    });
  });

  test('R7 a release never changes its target, and a canary of another revision comes only after the old one went', () => {
    forEveryWalk((moves) => {
      for (const { before, after } of moves) {
        const [from, to] = [before.ledger.release, after.ledger.release];
        if (from && to && from.number === to.number) expect(to.target).toBe(from.target);
        if (from && to && from.number !== to.number) {
          expect(to.number).toBe(from.number + 1);
          expect(stageOf(before).canary).toBe(0);
        }
      }
    });
  });

  test('an edited plan passes no gate: the release stays at its step, or goes back', () => {
    const stepAt = (walker: Walker) => {
      const { at } = stageOf(walker);
      return at.phase === 'step' ? at.step : undefined;
    };
    forEveryWalk((moves) => {
      for (const { before, after, happening: what } of moves) {
        const from = stepAt(before);
        if (what.is !== 'edited' || from === undefined) continue;
        expect(after.ledger.release!.number).toBe(before.ledger.release!.number);
        expect(stepAt(after)).toBe(Math.min(from, after.steps.length, stepAt(after)!));
        if (after.steps.length >= from) expect(stepAt(after)).toBe(from);
      }
    });
  });

  test('R9 the canary never shrinks within a release', () => {
    forEveryWalk((moves) => {
      for (const { before, after } of moves) {
        if (before.ledger.release?.number !== after.ledger.release?.number || stageOf(after).canary === 0) continue;
        expect(shownReplicas(after)).toBeGreaterThanOrEqual(shownReplicas(before));
      }
    });
  });

  test("the ledger holds stable's template and the target's, and no other", () => {
    forEveryWalk((moves) => {
      for (const { after } of moves) {
        const { templates, stable, release } = after.ledger;
        expect(Object.keys(templates)).toEqual(release ? ['stable', 'target'] : ['stable']);
        expect(revisionOf(templates.stable)).toBe(stable);
        if (release) expect(revisionOf(templates.target!)).toBe(release.target);
      }
    });
  });

  test('the ledger as JSON is an equal one, from which the walk goes on alike', () => {
    forEveryWalk((moves) => {
      for (const { before, after, happening: what } of moves) {
        const copy = JSON.parse(JSON.stringify(before.ledger)) as Ledger;
        expect(copy).toEqual(before.ledger);
        expect(happen({ ...before, ledger: copy }, what).ledger).toEqual(after.ledger);
      }
    });
  });

  test('its stage is always one of the list of its release', () => {
    forEveryWalk((moves) => {
      for (const { after } of moves) expect(() => currentStage(after.ledger, after.member.plan)).not.toThrow();
    });
  });

  test('R5 an event that is told twice changes nothing the second time, or the stage', () => {
    forEveryWalk((moves, { spec, plan }) => {
      for (const { after } of moves) {
        const again = transition(
          after.ledger,
          { is: 'declared', template: after.declared, stableReplicas: 1 },
          {
            ...plan,
            ...spec,
            steps: after.steps,
          },
        );
        expect(again).toEqual(after.ledger);
      }
    });
  });
});
