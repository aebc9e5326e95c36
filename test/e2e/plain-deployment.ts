/** The Deployment of the sample as a resource of Pulumi's Kubernetes provider, by a user that may do everything. */
import type { CustomResourceOptions } from '@pulumi/pulumi';
import { workload } from '../pulumi/fixtures';
import type { Modules } from './project';

export interface PlainDeployment {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly version: string;
  /** @default - Pulumi names it */
  readonly name?: string;
}

export function plainDeployment(
  { apps, Provider }: Modules['kubernetes'],
  resource: string,
  { kubeconfig, namespace, version, name }: PlainDeployment,
  opts: CustomResourceOptions = {},
) {
  const { spec } = workload('spring-cloud-a', version);
  const provider = new Provider('kubernetes', { kubeconfig });
  return new apps.v1.Deployment(resource, { metadata: { name, namespace }, spec }, { ...opts, provider });
}
