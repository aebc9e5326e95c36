/** What is done to a release from outside: it is repaired or told by name, and the neighbours go on. */
import { describe, test } from 'vitest';
import { hostilities } from './hostile';
import { placeNames, play } from './hostile-play';
import type { Worlds } from './world';

/** Each at one place, and another one for the next: `npm run test:nightly` has all of them. On a real cluster some. */
export function hostileScenarios({ make, name }: Worlds): void {
  describe('hostile clusters', () => {
    const lines = hostilities.flatMap((hostility, i) => {
      const { only = placeNames, real } = hostility;
      const isFirst = hostilities.findIndex(({ what }) => what === hostility.what) === i;
      const place = name !== 'real' ? only[i % only.length] : isFirst ? real : undefined;
      return place === undefined ? [] : [{ hostility, place, what: `${hostility.to}: ${hostility.what}` }];
    });
    test.each(lines)('$what, $place', async ({ hostility, place }) => play(await make(), hostility, place));
  });
}
