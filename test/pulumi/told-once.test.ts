/** Errors that Pulumi's process of dynamic resources prints, and answers with. */
import { expect, test } from 'vitest';
import { rolloutMethods } from '../../lib/pulumi/provider';
import { printOthers } from '../../lib/pulumi/host/told-once';
import { web } from './fixtures';
import { scene } from './scene';

function printer() {
  const printed: unknown[][] = [];
  const console = { error: (...line: unknown[]) => void printed.push(line) };
  printOthers(console);
  return { console, printed };
}

/** As cmd/dynamic-provider of @pulumi/pulumi 3.248.0 catches what a method throws. */
async function caught(method: () => Promise<unknown>, console: Pick<Console, 'error'>): Promise<Error> {
  try {
    await method();
  } catch (e) {
    const error = e as Error;
    console.error(`${error}: ${error.stack}`);
    return error;
  }
  throw new Error('nothing was thrown');
}

test.each(['diff', 'read', 'delete'] as const)('of %s are answered only', async (name) => {
  const here = await scene();
  const stack = here.stack();
  await stack.up(web('v1'));
  const { id, outputs, inputs } = stack.kept!;
  const methods = rolloutMethods({ ...here.host, open: () => Promise.reject(new Error('away')) });
  const { console, printed } = printer();
  const broken = name === 'diff' ? { ...outputs, schemaVersion: 9 } : outputs;
  const error = await caught(() => methods[name](id, broken, inputs as never), console);
  expect(error.message).toMatch(/away|of version 9/);
  expect(printed).toEqual([]);
});

test.each<[string, (console: Pick<Console, 'error'>) => unknown]>([
  ['what others throw', (console) => caught(() => Promise.reject(new TypeError('theirs')), console)],
  ['what others print', (console) => console.error('a line of %s', 'theirs')],
])('%s is printed', async (_, print) => {
  const { console, printed } = printer();
  await print(console);
  expect(printed).toHaveLength(1);
  expect(String(printed[0])).toContain('theirs');
});
