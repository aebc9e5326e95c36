/** Builds the programs before the first test file: no test's time limit has to allow for that. */
import { buildTools } from './build';

export default async function setup(): Promise<void> {
  if (!process.env.GRAYLANE_TEST_KUBECONFIG) await buildTools();
}
