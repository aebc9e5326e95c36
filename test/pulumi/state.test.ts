/** What is kept in a stack's state: it must stay readable, and hold no secret. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { UNKNOWN } from '../../lib/pulumi/state';
import { inLane, lane, web, workload } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

let here: Scene;

beforeEach(async () => {
  here = await scene();
});

/** As version 1 has written it; a later version must read it for ever. */
const fixture = JSON.parse(readFileSync(join(__dirname, 'state-v1.json'), 'utf8')) as Record<
  'rollout' | 'lane',
  ModelStack<object>['kept']
>;

describe('state of version 1', () => {
  test('is what this version writes, but for what it no longer shows', async () => {
    const [laneStack, stack] = [here.lane(), here.stack()];
    await laneStack.up(lane());
    await stack.up(inLane('rollout-a', 'spring-cloud-a', 'v1'));
    await stack.up(inLane('rollout-a', 'spring-cloud-a', 'v2'));
    const written = { rollout: stack.kept, lane: laneStack.kept };
    const before = fields(fixture).map((path) => path.replace(/\.(?=plan)/, '.__'));
    // Inputs that only the preview looks at; the fixture has none of them, and is read all the same.
    const since = ['.rollout.inputs.__warnings.0', '.rollout.inputs.__warnings.1'];
    expect(fields(written)).toEqual([...before, ...since].sort());
  });

  test('is gone on with, refreshed and deleted', async () => {
    const [laneStack, stack] = [here.lane(), here.stack()];
    await laneStack.up(lane());
    await stack.up(inLane('rollout-a', 'spring-cloud-a', 'v1'));
    const [laneId, id] = [laneStack.kept!.id, stack.kept!.id];
    laneStack.kept = { ...fixture.lane!, id: laneId };
    stack.kept = { ...fixture.rollout!, id };
    await stack.refresh();
    expect((await stack.up(inLane('rollout-a', 'spring-cloud-a', 'v1'))).error).toBe('');
    expect((await laneStack.up(lane())).operation).toBe('same');
    expect(fields([stack.kept.inputs, laneStack.kept.inputs]).filter((path) => /\.plan/.test(path))).toEqual([]);
    expect(await stack.destroy()).toBeUndefined();
    expect(await laneStack.destroy()).toBeUndefined();
  });

  test.each([
    ['without its cluster', { cluster: undefined }, /none of graylane's: cluster is missing\. To fix: restore it/],
    ['whose workload has no name', { workload: { metadata: {} } }, /workload\.metadata\.name is missing/],
    ['of a number as its version', { schemaVersion: '1' }, /schemaVersion: "1" is not possible/],
  ])('%s is refused with the field', async (_, changed, message) => {
    const stack = here.stack();
    await stack.up(web('v1'));
    const { outputs } = stack.kept!;
    stack.kept = { ...stack.kept!, outputs: { ...outputs, ...changed } };
    expect(await stack.destroy()).toMatch(message);
  });

  test('of a later version is refused with the way out', async () => {
    const stack = here.stack();
    await stack.up(web('v1'));
    stack.kept = { ...stack.kept!, outputs: { ...stack.kept!.outputs, schemaVersion: 2 } };
    expect(await stack.destroy()).toMatch(/of version 2.*upgrade graylane/);
  });
});

describe('R16 values', () => {
  const password = 'hunter2';
  const withPassword = (version: string): DeclaredRollout => {
    const { metadata, spec } = workload('web', version);
    const { template } = spec;
    const containers = template.spec.containers.map((one) => ({
      ...one,
      env: [{ name: 'PASSWORD', value: `${password}-${version}` }],
    }));
    return web(version, {
      workload: { metadata, spec: { ...spec, template: { ...template, spec: { containers } } } },
      timeout: 20,
    });
  };

  test('of a pod template are in no plan, message, error or log line', async () => {
    const stack = here.stack();
    const told: unknown[] = [];
    for (const declared of ['v1', 'v2', 'broken', 'v1'].map(withPassword)) {
      const { inputs, error } = await stack.preview(declared);
      const done = await stack.up(declared);
      told.push(inputs.__plan, inputs.stage, inputs.gate, error, done.error, done.outputs.message);
    }
    expect(JSON.stringify([told, here.log])).not.toContain(password);
  });

  test('of a kubeconfig stay under its own key, where Pulumi keeps them secret', async () => {
    const stack = here.stack();
    await stack.up(web('v1', { kubeconfig: password }));
    await stack.refresh();
    const { kubeconfig, ...inputs } = stack.kept!.inputs;
    const { kubeconfig: kept, ...outputs } = stack.kept!.outputs;
    expect([kubeconfig, kept]).toEqual([password, password]);
    expect(JSON.stringify([inputs, outputs])).not.toContain(password);
  });
});

describe('what is unknown before the update', () => {
  const unknownImage = (): DeclaredRollout => web('v2', { workload: workload('web', UNKNOWN) });
  const outcomes = async (stack: ModelStack<DeclaredRollout>) => {
    const { operation, inputs } = await stack.preview(unknownImage());
    expect({ operation, stage: inputs.stage, revision: inputs.revision }).toMatchObject({
      stage: UNKNOWN,
      revision: UNKNOWN,
    });
    return (inputs.__plan as string[]).join('\n');
  };

  test('leaves stage and revision unknown, and tells what may happen', async () => {
    const stack = here.stack();
    expect(await outcomes(stack)).toMatch(/makes or adopts/);
    await stack.up(web('v1'));
    expect(await outcomes(stack)).toMatch(
      /stable's template: nothing happens\n.*another template: release 1, to its first gate/,
    );
    await stack.up(web('v2'));
    expect(await outcomes(stack)).toMatch(
      /release 1: goes on.*\n.*stable's template: the way back\n.*another template: the way back, then release 2/,
    );
  });

  test('of the cluster tells nothing, and asks nobody', async () => {
    const stack = here.stack();
    here.use(undefined);
    expect((await stack.preview(web('v1', { kubeconfig: UNKNOWN }))).inputs).toMatchObject({
      cluster: UNKNOWN,
      __plan: ['web: not known before the update'],
    });
  });
});

/** Paths of all fields, without values. */
function fields(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value)
    .flatMap(([key, field]) => fields(field, `${path}.${key}`))
    .sort();
}
