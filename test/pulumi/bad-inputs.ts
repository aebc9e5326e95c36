/** Input that the Pulumi resources refuse. */
import type { Resource } from '@pulumi/pulumi';
import { CanaryRollout } from '../../lib/pulumi';
import { checkSecrets, checkWorkloadArgs } from '../../lib/pulumi/resource-kinds/rollout';
import type { RolloutInputs } from '../../lib/pulumi/state';
import type { BadInput } from '../bad-input';
import { foreignProvider, workload } from './fixtures';

const args = { workload: workload('web'), steps: [{ replicas: 1 }] };
const before = { name: 'web', workload: workload('web') } as unknown as RolloutInputs;

/** A component that passes a provider of Kubernetes to its children, as far as the constructors look at it. */
const component = { getProvider: () => foreignProvider() } as unknown as Resource;

const ENGINE = 'a resource that is taken is made by an engine: test/e2e has programs with these options';

export const badInputs: readonly BadInput[] = [
  {
    code: 'provider-ignored',
    path: 'web: opts.provider',
    run: () => new CanaryRollout('web', args, { provider: foreignProvider() }),
    fixed: ENGINE,
  },
  {
    code: 'provider-ignored',
    path: 'web: opts.parent',
    run: () => new CanaryRollout('web', args, { parent: component }),
    fixed: ENGINE,
  },
  {
    code: 'import-impossible',
    path: 'web: opts.import',
    run: () => new CanaryRollout('web', args, { import: 'web' }),
    fixed: ENGINE,
  },
  {
    code: 'workload-secret',
    path: 'workload.metadata.name',
    run: () => checkSecrets({ secretWorkload: ['workload.metadata.name'] }),
    fixed: () => checkSecrets({ secretWorkload: [] }),
  },
  {
    code: 'workload-renamed',
    path: 'workload.metadata.name',
    run: () => checkWorkloadArgs(before, { name: 'web', workload: workload('shop') }),
    fixed: () => checkWorkloadArgs({}, { name: 'shop', workload: workload('shop') }),
  },
];
