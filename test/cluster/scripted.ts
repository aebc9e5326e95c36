/** A check, and somebody outside of the cluster who says of it what a test wants. */
import type { Outside } from '../../lib/cluster';
import type { CheckSpec, Question, Reply } from '../../lib/core';

export type Says = 'holds' | 'not-yet' | 'broken';

const NOBODY: Reply = { is: 'none', why: 'nobody is at home' };

const alerts = (...firing: object[]): Reply => {
  const body = JSON.stringify({ status: 'success', data: { alerts: firing } });
  return { is: 'http', status: 200, body };
};

const REPLIES: Readonly<Record<'address' | 'program' | 'alerts', Readonly<Record<Says, Reply>>>> = {
  address: {
    holds: { is: 'http', status: 200, body: '' },
    'not-yet': NOBODY,
    broken: { is: 'http', status: 500, body: '' },
  },
  program: {
    holds: { is: 'exit', code: 0, output: '' },
    'not-yet': { is: 'exit', code: 2, output: 'nobody is at home' },
    broken: { is: 'exit', code: 1, output: 'no' },
  },
  alerts: {
    holds: alerts(),
    'not-yet': NOBODY,
    broken: alerts({ labels: { alertname: 'Slow', app: 'web' }, state: 'firing' }),
  },
};

export const smoke: CheckSpec = {
  name: 'smoke',
  http: { url: 'http://smoke.example.com/', expect: { status: 200 }, broken: { status: 500 } },
};

/** A check of each kind that one reply decides. */
export const kindsOfChecks: readonly CheckSpec[] = [
  smoke,
  { name: 'script', command: { argv: ['./smoke.sh'] } },
  { name: 'pages', alerts: { source: 'http://prometheus/', from: 'prometheus', labels: { app: 'web' } } },
];

/** Says what it was last told to, or what is made of the time. */
export class Scripted implements Outside {
  asked = 0;
  constructor(public says: Says | (() => Says)) {}

  ask(question: Question): Promise<Reply> {
    this.asked++;
    const says = typeof this.says === 'string' ? this.says : this.says();
    if (question.to === 'command') return Promise.resolve(REPLIES.program[says]);
    return Promise.resolve(REPLIES[question.url.endsWith('/alerts') ? 'alerts' : 'address'][says]);
  }
}
