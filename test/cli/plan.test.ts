import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderWith, graylane, sample } from './fixtures';

/** The sample with b's new image, and rollouts with routing of their own. */
const running = () => folderWith({ 'old.yaml': readFileSync(sample()[0]!, 'utf8').replace(':v1', ':secret-v0') });

test.each(['v1alpha1', 'v1beta1'] as const)('the release of the sample as a table, from %s', async (version) => {
  const { code, out, err } = await graylane(['plan', '-f', ...sample(version), '--rollout', 'rollout-a']);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(`\n${out}`).toBe(`
rollout-a: Deployment spring-cloud-a, lane mse-traffic, by mse

STAGE             WHAT CHANGES                                       WAITS FOR                                      WHO GETS WHAT
---------------   ------------------------------------------------   --------------------------------------------   ------------------------------
start             -                                                  Deployment spring-cloud-a ready at v1          everyone -> v1
step-1/canary     ~ Deployment spring-cloud-a                        Deployment spring-cloud-a-canary ready at v2   everyone -> v1
                      paused
                  + Deployment spring-cloud-a-canary
                      1 x v2
step-1/route      + Ingress spring-cloud-a-canary                    route taken up by mse                          User-Agent: foo -> v2 (canary)
                      route User-Agent: foo, sets header x-mse-tag   grace period of 3 s over                       everyone else -> v1
                                                                     gate: approval of step 1
promote/stable    ~ Deployment spring-cloud-a                        Deployment spring-cloud-a ready at v2          User-Agent: foo -> v2 (canary)
                      v1 -> v2, not paused                                                                          everyone else -> v1, then v2
promote/unroute   - Ingress spring-cloud-a-canary                    grace period of 3 s over                       everyone -> v2
stable            - Deployment spring-cloud-a-canary                 pods of spring-cloud-a-canary gone             everyone -> v2
`);
});

test('R16 the plan names what changes in a template, and no value', async () => {
  const args = ['plan', '-f', ...sample(), '--stable', `${running()}/old.yaml`];
  for (const format of ['table', 'json', 'yaml']) {
    const { out } = await graylane([...args, '-o', format]);
    expect(out).toContain('image');
    expect(out).not.toContain('example.com/shop');
    expect(out).not.toContain('secret');
  }
});

test('-o json and -o yaml say the same', async () => {
  const json = await graylane(['plan', '-f', ...sample(), '-o', 'json']);
  const yaml = await graylane(['plan', '-f', ...sample(), '-o', 'yaml']);
  const planned = JSON.parse(json.out) as { rollouts: { rollout: string; stages: { stage: string }[] }[] };
  expect(parse(yaml.out)).toEqual(planned);
  expect(planned.rollouts.map(({ rollout }) => rollout)).toEqual(['rollout-a', 'rollout-b']);
  expect(planned.rollouts[0]!.stages.map(({ stage }) => stage)).toEqual([
    'start',
    'step-1/canary',
    'step-1/route',
    'promote/stable',
    'promote/unroute',
    'stable',
  ]);
});

test('--picture: every stage and who is served, in one drawing', async () => {
  const folder = folderWith({});
  const { code } = await graylane(['plan', '-f', ...sample(), '--picture', 'out.svg'], { folder });
  expect(code).toBe(0);
  const svg = readFileSync(`${folder}/out.svg`, 'utf8');
  const count = (what: string) => svg.split(what).length - 1;
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
  expect(count('<rect class="row"')).toBe(12);
  expect(count('>canary v2</text>')).toBe(4);
  expect(count('>stable v1 \u2192 v2</text>')).toBe(2);
  expect(count('waits for approval of step 1')).toBe(2);
  expect(svg).toContain('prefers-color-scheme: dark');
});

test('--picture: what users wrote cannot break the drawing', async () => {
  const hostile = readFileSync(sample()[2]!, 'utf8').replace('value: foo', `value: '<&">${'x'.repeat(80)}'`);
  const folder = folderWith({ 'lane.yaml': hostile });
  const [a, b, , rollouts] = sample();
  const files = [a!, b!, 'lane.yaml', rollouts!];
  const { err } = await graylane(['plan', '-f', ...files, '--picture', 'out.svg'], { folder });
  expect(err).toBe('');
  const svg = readFileSync(`${folder}/out.svg`, 'utf8');
  expect(svg).toContain('User-Agent: &lt;&amp;&quot;&gt;');
  expect(svg).toContain('\u2026<title>');
});

test('the picture in the documentation is the one that is drawn', async () => {
  const folder = folderWith({});
  await graylane(['plan', '-f', ...sample(), '--rollout', 'rollout-a', '--picture', 'plan.svg'], { folder });
  // If this fails: write it anew by the command above, and look at it in light and dark.
  expect(readFileSync('docs/plan.svg', 'utf8')).toBe(readFileSync(`${folder}/plan.svg`, 'utf8'));
});
