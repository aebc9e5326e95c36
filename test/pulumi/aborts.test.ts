/** The way back without the old template: GRAYLANE_ABORT and graylane:abort. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DeclaredRollout } from '../../lib/pulumi/state';
import { approvalOf } from '../cluster/approvals';
import { ours, versions } from '../cluster/world';
import { web } from './fixtures';
import { type Scene, scene } from './scene';
import type { ModelStack } from './stack';

let here: Scene;
let stack: ModelStack<DeclaredRollout>;

/** The release under way, as an abort names it. */
const release = () => (stack.kept!.outputs.gate as string).replace(/\/.*/, '');

beforeEach(async () => {
  here = await scene();
  stack = here.stack();
  await stack.up(web('v1'));
  await stack.up(web('v2'));
});

describe.each<[string, (text: string) => void]>([
  ['the environment', (text) => (here.environment.GRAYLANE_ABORT = `other#1-5f0c1e9ab3d2, ${text}`)],
  ['the configuration', (text) => (here.config['graylane:abort'] = text)],
])('an abort in %s', (_, give) => {
  test('is the way back although the new image is declared; the preview says so', async () => {
    give(release());
    const shown = await stack.preview(web('v2'));
    expect((shown.inputs.__plan as string[]).join('\n')).toMatch(
      /^web: abort\/unroute: .*deleted Ingress[^]*then it is stable$/m,
    );
    const done = await stack.up(web('v2'));
    expect(done).toMatchObject({ operation: 'update', error: '', outputs: { stage: 'stable', gate: '' } });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect(await ours(here.world)).toEqual([]);
  });

  test('that is still given: what it went back from does not begin anew, and another image does', async () => {
    give(release());
    await stack.up(web('v2'));
    expect((await stack.up(web('v2'))).operation).toBe('same');
    await stack.refresh();
    expect((await stack.up(web('v2'))).outputs).toMatchObject({ stage: 'stable' });
    expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
    expect((await stack.up(web('v3'))).outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
    expect((await stack.up(web('v3'))).operation).toBe('same');
  });
});

test('what is declared begins anew where the abort is not given any more; the message says so', async () => {
  here.environment.GRAYLANE_ABORT = release();
  const { outputs } = await stack.up(web('v2'));
  expect(outputs.message).toMatch(
    /^web is stable at (\w+); (?!\1)\w+, which is declared, is released by the next pulumi up that neither holds nor aborts$/,
  );
  expect((await stack.refresh()) && stack.kept!.outputs.message).toBe(outputs.message);
  delete here.environment.GRAYLANE_ABORT;
  expect((await stack.up(web('v2'))).outputs).toMatchObject({ gate: approvalOf('web#2/step-1') });
});

test.each([
  ['hold', { hold: true }],
  ['an approval of its gate', {}],
  ['an edited plan', { steps: [{ replicas: 2, traffic: '30%' as const }] }],
  ["advance: 'onUp'", { advance: 'onUp' as const }],
])('is stronger than %s', async (_, over) => {
  here.environment.GRAYLANE_APPROVE = stack.kept!.outputs.gate as string;
  here.environment.GRAYLANE_ABORT = release();
  expect(await stack.up(web('v2', over))).toMatchObject({ error: '', outputs: { stage: 'stable' } });
  expect(await versions(here.world, { app: 'web' })).toEqual(['v1', 'v1']);
});

test.each(['web', 'web#1'])(
  '%s is refused by the preview with what to write; the way back needs no correction',
  async (text) => {
    const named = release();
    here.environment.GRAYLANE_ABORT = text;
    const { error } = await stack.preview(web('v2'));
    expect(error).toContain(`abort: ${text} does not say which release`);
    expect(error).toContain(`write ${named} if you mean the release that is under way`);
    here.environment.GRAYLANE_ABORT = `${text}, ${named}`;
    expect((await stack.up(web('v2'))).outputs).toMatchObject({ stage: 'stable' });
    here.environment.GRAYLANE_ABORT = text;
    expect((await stack.preview(web('v2'))).error).toContain('take it away: no release is under way');
  },
);

test('one of another release aborts nothing, and is told', async () => {
  here.environment.GRAYLANE_ABORT = 'web#1-5f0c1e9ab3d2';
  here.log.length = 0;
  expect((await stack.up(web('v2'))).operation).toBe('same');
  expect(here.log).toEqual([`web: the abort of web#1-5f0c1e9ab3d2 is not of the release under way, ${release()}`]);
});

test('what names none is refused', async () => {
  here.environment.GRAYLANE_ABORT = stack.kept!.outputs.gate as string;
  expect((await stack.preview(web('v2'))).error).toMatch(/names no release.*without \/step-N/);
});
