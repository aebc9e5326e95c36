import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gatewayTable } from '../../docs/gateway-table';
import { gateways } from '../../lib/gateways';

const names = Object.keys(gateways);

test('the table has a column for each gateway', () => {
  const [head] = gatewayTable().split('\n');
  expect(head!.match(/`[^`]+`/g)).toEqual(names.map((name) => `\`${name}\``));
});

test('docs/gateways.md tells how to use each of them', () => {
  const text = readFileSync(join(__dirname, '../../docs/gateways.md'), 'utf8');
  expect(text.match(/(?<=^## ).*$/gm)).toEqual(expect.arrayContaining(names));
});
