import { defined } from '../manifests/manifest';
import { type About, type Condition, holds, type Look } from './condition';
import { counted } from './deployment-ready';

/** The canary's pods have ended, those that are on their way out included. */
export const canaryGone: Condition = {
  words: ({ canary }) => `pods of ${canary.name} gone`,
  looksAt: (about) => [pods(about)],
  answer: (about, seen) => {
    const left = seen.found(pods(about)).length;
    if (left === 0) return holds(`no pod of ${about.canary.name} left`);
    return { is: 'not-yet', awaited: `canary: ${counted(left, 'pod')} still ending` };
  },
};

function pods({ canary }: About): Look {
  return { apiVersion: 'v1', kind: 'Pod', labels: canary.pods, ...defined({ namespace: canary.namespace }) };
}
