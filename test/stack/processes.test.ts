import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startCluster } from './cluster';
import { Processes } from './processes';
import { waitFor } from './wait';

describe('processes', () => {
  test('are gone when they were stopped, and their folder too', async () => {
    const processes = new Processes(newFolder());
    processes.start('one', 'sleep', ['60']);
    processes.start('two', 'sleep', ['60']);
    const pids = processes.pids;
    expect(pids.filter(isAlive)).toHaveLength(2);
    await processes.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(processes.folder)).toBe(false);
    expect(() => processes.check()).not.toThrow();
  });

  test('that end by themselves are named, with the end of their log', async () => {
    const processes = new Processes(newFolder());
    processes.start('weak', 'sh', ['-c', 'echo "no such flag" >&2; exit 3']);
    await waitFor('its end', async () => processes.failed);
    expect(() => processes.check()).toThrow(/weak ended by itself \(code 3\).*\nno such flag/);
    await processes.stop();
  });

  test('that do not exist are named', async () => {
    const processes = new Processes(newFolder());
    processes.start('absent', 'no-such-program', []);
    await waitFor('its end', async () => processes.failed);
    expect(() => processes.check()).toThrow(/absent .*ENOENT/);
    await processes.stop();
  });

  test.each(['SIGKILL', 'SIGINT'] as const)('do not outlive a test process that ends by %s', async (signal) => {
    const folder = newFolder();
    const owner = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'processes.owner.ts'), folder]);
    const [output] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(isAlive(pid)).toBe(true);
    owner.kill(signal);
    await waitFor('their end', async () => !isAlive(pid) && !existsSync(folder));
  });
});

describe.skipIf(process.env.GRAYLANE_TEST_KUBECONFIG)('a cluster', () => {
  test('leaves no process', async () => {
    const cluster = await startCluster();
    const pids = cluster.pids;
    expect(pids.filter(isAlive)).toHaveLength(5);
    await cluster.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'graylane-test-'));
}

/** Signal 0 asks only whether there is such a process. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
