import type { ProviderHost } from './provider-host';

/** What is to become of a resource whose cluster does not answer, where an error is not wanted. */
export type LeftOut = 'skipped' | 'forgotten';

/**
 * By the options of Pulumi's Kubernetes provider, so that one word leaves the whole cluster out: an update and a refresh
 * skip its resources, or a refresh and a destroy take them out of the state.
 */
export function leftOut<L extends LeftOut>(host: ProviderHost, possible: readonly L[]): L | undefined {
  return possible.find((one) => {
    const { key, variable } = options[one];
    return (host.config(key) ?? host.environment[variable]) === 'true';
  });
}

const options = {
  skipped: { key: 'kubernetes:skipUpdateUnreachable', variable: 'PULUMI_K8S_SKIP_UPDATE_UNREACHABLE' },
  forgotten: { key: 'kubernetes:deleteUnreachable', variable: 'PULUMI_K8S_DELETE_UNREACHABLE' },
} as const;
