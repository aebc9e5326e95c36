/** What stands behind a cluster: programs that we have started, or one that was there before. */
import type { Access } from './access';
import type { UserName } from './users';

export interface StopOptions {
  /** Copies the logs to `test/stack/logs/` and says where. */
  readonly keepLogs?: boolean;
}

export interface Backing {
  /** For files of this cluster; removed by `stop`. */
  readonly folder: string;
  readonly access: Readonly<Record<UserName, Access>>;
  /** Its programs, where they are ours. */
  readonly pids: readonly number[];
  /** False where it was there before us, and stays. */
  readonly isOurs: boolean;
  stop(options: StopOptions): Promise<void>;
}
