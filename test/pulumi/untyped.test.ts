/** Arguments of programs without types: what is missing or of another kind is told by the argument, never by a TypeError. */
import { GraylaneError, locationOf } from 'graylane';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  CanaryRollout,
  type CanaryRolloutArgs,
  TrafficRoutingLane,
  type TrafficRoutingLaneArgs,
} from '../../lib/pulumi';
import { lane, web, workload } from './fixtures';
import { type Scene, scene } from './scene';

const ref = { service: 'web', ingress: { name: 'web' } };

describe('told by the program, at once', () => {
  const rollout = (args: unknown) => () => void new CanaryRollout('web', args as CanaryRolloutArgs);
  const laneOf = (args: unknown) => () => void new TrafficRoutingLane('web', args as TrafficRoutingLaneArgs);
  const all = { workload: workload('web'), steps: [{ replicas: 1 }] };

  test.each<[string[], () => void]>([
    [['field-missing web: workload', 'field-missing web: steps'], rollout(undefined)],
    [['field-missing web: workload'], rollout({ ...all, workload: undefined })],
    [['field-missing web: steps'], rollout({ ...all, steps: undefined })],
    [['field-type web: trafficRoutings'], rollout({ ...all, trafficRoutings: ref })],
    [['field-missing web: trafficRoutings[0]'], rollout({ ...all, trafficRoutings: [undefined] })],
    [['field-type web: trafficRoutings[1]'], rollout({ ...all, trafficRoutings: [ref, 'web'] })],
    [['field-missing web: objectRef'], laneOf(undefined)],
    [['field-missing web: objectRef'], laneOf({ weight: 20 })],
    [['field-type web: objectRef[0]'], laneOf({ objectRef: null })],
    [['field-type web: hops'], laneOf({ objectRef: ref, hops: ref })],
  ])('%j', (expected, run) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(GraylaneError);
      const { problems } = error as GraylaneError;
      expect(problems.map((one) => `${one.code} ${locationOf(one)}`)).toEqual(expected);
      return;
    }
    throw new Error('nothing was refused');
  });
});

describe('told by the preview, where arguments are resolved', () => {
  let here: Scene;

  beforeEach(async () => {
    here = await scene();
  });

  const routed = (one: unknown) => ({ trafficRoutings: [one] });

  test.each<[string, object]>([
    ['steps: {"replicas":1} is not possible', { steps: { replicas: 1 } }],
    ['steps[0]: null is not possible', { steps: [null] }],
    ['steps[0].matches: "all" is not possible', { steps: [{ replicas: 1, matches: 'all' }] }],
    ['trafficRoutings[0].service is missing', routed({ ingress: { name: 'web' } })],
    ['trafficRoutings[0].ingress.name is missing', routed({ service: 'web', ingress: {} })],
    ['trafficRoutings[0].gateway: it names 0 routes', routed({ service: 'web', gateway: {} })],
    ['patchPodTemplateMetadata: "x" is not possible', { patchPodTemplateMetadata: 'x' }],
    ['patchCanaryMetadata.deployment: "x" is not possible', { patchCanaryMetadata: { deployment: 'x' } }],
  ])('a rollout: %s', async (told, over) => {
    const { error } = await here.stack().preview(web('v1', over));
    expect(error).toContain(told);
  });

  test.each<[string, object]>([
    ['objectRef: "web" is not possible', { objectRef: 'web' }],
    ['matches[0].headers[0]: null is not possible', { matches: [{ headers: [null] }] }],
  ])('a lane: %s', async (told, over) => {
    const { error } = await here.lane().preview(lane(over));
    expect(error).toContain(told);
  });
});
