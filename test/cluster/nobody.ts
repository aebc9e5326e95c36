import type { Outside } from '../../lib/cluster';

/** Outside of the cluster, where nobody replies. */
export const nobody: Outside = { ask: () => Promise.resolve({ is: 'none', why: 'nobody is there' }) };
