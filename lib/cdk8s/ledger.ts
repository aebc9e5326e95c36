import type { App } from 'cdk8s';
import { Releases } from './releases';

/** Where the releases of an app stand. */
export class Ledger {
  /**
   * Reads the ledgers of the app's rollouts from a folder, one file each (`<rollout>.json`). From then on synthesis
   * fails closed: every rollout has a ledger, and its template is stable's or the target's. Synthesis never writes them.
   * @throws GraylaneError ledger-folders for a second folder: an environment has an app of its own
   */
  static fromFolder(app: App, folder: string): void {
    Releases.of(app).useLedgers(folder);
  }

  private constructor() {}
}
