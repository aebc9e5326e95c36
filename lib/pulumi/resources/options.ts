import type { CustomResourceOptions, Resource } from '@pulumi/pulumi';
import { GraylaneError, problem } from '../../core';

/**
 * Options that Pulumi ignores on a dynamic resource, or breaks on, are refused.
 * @throws GraylaneError provider-ignored, import-impossible
 */
export function checkOptions(name: string, kubeconfig: unknown, opts: CustomResourceOptions | undefined): void {
  if (opts?.provider && kubeconfig === undefined) {
    throw new GraylaneError(problem('provider-ignored', `${name}: opts.provider`, providerName(opts.provider)));
  }
  if (opts?.import !== undefined) {
    throw new GraylaneError(problem('import-impossible', `${name}: opts.import`, 'import'));
  }
}

function providerName(provider: Resource): string {
  return (provider as { __pulumiType?: string }).__pulumiType ?? 'a provider';
}
