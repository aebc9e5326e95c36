/** One cluster for a test file. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Cluster } from './cluster';
import { startCluster } from './cluster';

/** Call at the top of the file; what it returns gives the cluster to the tests. Logs are kept when one of them fails. */
export function clusterForSuite(): () => Cluster {
  let cluster: Cluster | undefined;
  let failed = false;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 120_000);
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    await cluster?.stop({ keepLogs: failed });
  });
  return () => cluster!;
}
