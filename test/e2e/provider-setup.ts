/** Builds Pulumi's Kubernetes provider, for the tests that are played with it. */
import { buildTools } from '../stack/build';

export default async function setup(): Promise<void> {
  await buildTools(['pulumi-kubernetes']);
}
