/** Builds `pulumi` before the first test file. */
import { buildTools } from '../stack/build';

export default function setup(): Promise<void> {
  return buildTools(['pulumi']);
}
