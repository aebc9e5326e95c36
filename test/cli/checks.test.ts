/** Checks in YAML, as commands without a cluster tell and play them. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { CheckSpec, Manifest } from '../../lib/core';
import { printRollout } from '../../lib/kruise';
import { deployment, ingress, service, web } from '../cluster/app';
import { folderWith, graylane } from './fixtures';

const errors: CheckSpec = {
  name: 'errors',
  requests: { prometheus: 'http://prometheus:9090', metrics: 'spring-boot', atMost: '1%' },
};
const smoke: CheckSpec = { name: 'smoke', http: { url: 'http://web/ready', expect: { status: 200 } } };

/** A rollout with one timed step, and these checks of all steps. */
function manifests(checks: readonly CheckSpec[]): Manifest[] {
  const steps = [{ replicas: 1, traffic: '20%', pause: { duration: 300 } }] as const;
  const printed = printRollout(web(steps).rollouts[0]!, 'v1beta1');
  const { strategy, ...spec } = printed.spec as { strategy: { canary: object } };
  const rollout = { ...printed, spec: { ...spec, strategy: { canary: { ...strategy.canary, checks } } } };
  return [deployment('web', { version: 'v2' }), service('web'), ingress('web'), rollout];
}

function run(command: readonly string[], checks: readonly CheckSpec[] = [errors, smoke]) {
  const folder = folderWith({
    'all.yaml': manifests(checks)
      .map((one) => stringify(one))
      .join('---\n'),
  });
  return graylane([command[0]!, '-f', `${folder}/all.yaml`, ...command.slice(1)]);
}

test('the plan says what a step waits for', async () => {
  const { code, out } = await run(['plan']);
  expect(code).toBe(0);
  expect(out).toContain('errors: at most 1% of requests fail');
  expect(out).toContain('smoke: http://web/ready replies');
});

test.each([
  ['all hold', [], 0, ['web is stable at'], ['abort/']],
  ['few requests fail', ['--check', 'errors=0%'], 0, ['web is stable at'], ['abort/']],
  [
    'many requests fail',
    ['--check', 'errors=5%'],
    4,
    ['abort/unroute', 'was taken back: errors: of web-canary'],
    ['promote/'],
  ],
  [
    'another check is broken',
    ['--check', 'smoke=broken'],
    4,
    ['abort/unroute', 'smoke: so it is played'],
    ['promote/'],
  ],
  ['one that never knows', ['--check', 'errors=not-yet'], 4, ['errors: no requests of canary'], ['promote/', 'abort/']],
])('a simulation in which %s', async (_, options, code, says, saysNot) => {
  const ran = await run(['simulate', ...options]);
  expect(ran.err.replace(/^warning.*\n/gm, '')).toBe('');
  expect(ran.code).toBe(code);
  for (const text of says) expect(ran.out).toContain(text);
  for (const text of saysNot) expect(ran.out).not.toContain(text);
  expect(ran.out).not.toMatch(/the pause ends[^]*the pause ends/);
});

test.each([
  ['oops', 2, 'NAME=FINDING'],
  ['errors=200', 2, 'NAME=FINDING'],
  ['error=5%', 1, '(check-unknown)'],
  ['smoke=5%', 1, 'allowed: errors'],
])('--check %s is refused', async (finding, code, says) => {
  const ran = await run(['simulate', '--check', finding]);
  expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(says)]);
});

test("Kruise's own YAML has no checks", async () => {
  const { code, err } = await run(['export']);
  expect([code, err]).toEqual([1, expect.stringContaining('checks')]);
});
