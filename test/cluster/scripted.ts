/** A check, and somebody outside of the cluster who says of it what a test wants. */
import type { Outside } from '../../lib/cluster';
import type { CheckSpec, Reply } from '../../lib/core';

export type Says = 'holds' | 'not-yet' | 'broken';

const REPLIES: Readonly<Record<Says, Reply>> = {
  holds: { is: 'http', status: 200, body: '' },
  'not-yet': { is: 'none', why: 'nobody is at home' },
  broken: { is: 'http', status: 500, body: '' },
};

export const smoke: CheckSpec = {
  name: 'smoke',
  http: { url: 'http://smoke.example.com/', expect: { status: 200 }, broken: { status: 500 } },
};

/** Says what it was last told to, or what is made of the time. */
export class Scripted implements Outside {
  asked = 0;
  constructor(public says: Says | (() => Says)) {}

  ask(): Promise<Reply> {
    this.asked++;
    return Promise.resolve(REPLIES[typeof this.says === 'string' ? this.says : this.says()]);
  }
}
