/** All that is done to a release from outside, at every place where it can be. */
import { describe, test } from 'vitest';
import { hostilities } from './hostile';
import { placeNames, play } from './hostile-play';
import { simulated } from './simulated.world';

describe.each(hostilities)('$to: $what', (hostility) => {
  test.each(hostility.only ?? placeNames)('%s', async (place) => play(await simulated.make(), hostility, place));
});
