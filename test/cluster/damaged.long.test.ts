/** Stored documents with any one of their fields replaced or renamed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatus } from '../../lib/cluster';
import { atTheirGates, configMap, v2 } from './damaged';
import { release } from './world';

test('a damaged record of any kind is told, never thrown as something else', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('ledger', 'rollout'), fc.nat(), valueOf, async (key, place, value) => {
      const at = await atTheirGates();
      const ref = { ...configMap, name: 'graylane-rollout-rollout-b', namespace: at.namespace };
      const { data } = (await at.user.get(ref)) as unknown as { data: Record<string, string> };
      await at.user.patch(ref, { data: { [key]: damagedText(data[key]!, place, value) } });
      const status = await readStatus(at, at.namespace);
      expect(status.rollouts.length + status.damaged.length).toBe(2);
      const own = await release(at, v2, { rollout: 'rollout-b' }).catch((error: Error) => error);
      if (own instanceof Error) expect(own.name).toMatch(/^(GraylaneError|EngineError)$/);
      const approve = ['rollout-a#1/step-1'];
      expect((await release(at, v2, { rollout: 'rollout-a', approve })).stage).toBe('stable');
    }),
    { numRuns: 60 },
  );
});

const valueOf = fc.constantFrom(
  'null',
  '{}',
  '[]',
  '[null]',
  '"x"',
  '-1',
  'renamed: constructor',
  'renamed: __proto__',
);

/** The text with one of its fields replaced or renamed. */
function damagedText(text: string, place: number, value: string): string {
  const lines = text.split('\n');
  const fields = lines.flatMap((line, i) => (/^ +"[^"]+": ("|\d|true|false)/.test(line) ? [i] : []));
  const at = fields[place % fields.length]!;
  const [, indent, name, rest] = /^( +)"([^"]+)": (.*)$/.exec(lines[at]!)!;
  const comma = rest!.endsWith(',') ? ',' : '';
  lines[at] = value.startsWith('renamed: ')
    ? `${indent}"${value.slice('renamed: '.length)}": ${rest}`
    : `${indent}"${name}": ${value}${comma}`;
  return lines.join('\n');
}
