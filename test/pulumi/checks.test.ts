/** Gates that ask, in updates: they go on, wait, and go back as by any other way. */
import { beforeEach, expect, test } from 'vitest';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { Scripted, smoke } from '../cluster/scripted';
import { versions } from '../cluster/world';
import { web } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;
let outside: Scripted;

const asking = (version: string) => {
  const { steps, ...rest } = web(version);
  return { ...rest, steps: [{ ...steps[0]!, pause: { duration: 1 } }], checks: [smoke] };
};

beforeEach(async () => {
  here = await scene();
  outside = new Scripted('not-yet');
  here.ask(outside);
  stack = here.stack();
  await stack.up(asking('v1'));
});

test('an update that finds nothing out ends at the gate, and the next one goes on by itself', async () => {
  expect((await stack.up(asking('v2'))).outputs).toMatchObject({ stage: 'step-1/route' });
  expect((await stack.up(asking('v2'))).outputs).toMatchObject({ stage: 'step-1/route' });
  outside.says = 'holds';
  expect((await stack.up(asking('v2'))).outputs).toMatchObject({ stage: 'stable' });
  expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
});

test('what a check took back is released again by its number, and by nothing else', async () => {
  outside.says = 'broken';
  const { outputs } = await stack.up(asking('v2'));
  expect(outputs.message).toMatch(/was taken back: smoke: .*GRAYLANE_AGAIN=web#1 pulumi up$/);
  expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  outside.says = 'holds';
  expect((await stack.up(asking('v2'))).operation).toBe('same');
  await stack.refresh();
  expect(stack.kept!.outputs.message).toBe(outputs.message);
  // A refresh has found the template of v1: the update declares that of v2 again, and releases nothing.
  here.config['graylane:again'] = 'web#2';
  expect((await stack.up(asking('v2'))).outputs.message).toBe(outputs.message);
  expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
  here.config['graylane:again'] = 'web#1';
  expect((await stack.up(asking('v2'))).outputs).toMatchObject({ stage: 'stable' });
  expect(await versions(here.world, { app: 'web' })).toEqual(['v2', 'v2']);
  expect((await stack.up(asking('v2'))).operation).toBe('same');
});

test('a check that is wrong is refused in the preview', async () => {
  const wrong = { ...asking('v2'), checks: [{ ...smoke, name: 'Smoke Test' }] };
  expect((await stack.up(wrong)).error).toContain('checks[0].name');
});
