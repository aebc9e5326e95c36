/** Input that the Pulumi resources refuse. */
import { CanaryRollout } from '../../lib/pulumi';
import { checkSecrets, checkWorkload } from '../../lib/pulumi/resource-kinds/rollout';
import type { RolloutInputs } from '../../lib/pulumi/state';
import type { BadInput } from '../bad-input';
import { foreignProvider, workload } from './fixtures';

const args = { workload: workload('web'), steps: [{ replicas: 1 }] };
const before = { name: 'web', workload: workload('web') } as unknown as RolloutInputs;

export const badInputs: readonly BadInput[] = [
  {
    code: 'provider-ignored',
    path: 'web: opts.provider',
    run: () => new CanaryRollout('web', args, { provider: foreignProvider() }),
  },
  { code: 'import-impossible', path: 'web: opts.import', run: () => new CanaryRollout('web', args, { import: 'web' }) },
  { code: 'workload-secret', path: 'workload', run: () => checkSecrets({ secretWorkload: true }) },
  {
    code: 'workload-renamed',
    path: 'workload.metadata.name',
    run: () => checkWorkload(before, { name: 'web', workload: workload('shop') }),
  },
];
