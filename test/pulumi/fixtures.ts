/** What the tests of the Pulumi resources and their provider work with. */
import type { ProviderResource } from '@pulumi/pulumi';

export function workload(name: string, version = 'v1', replicas = 2) {
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: `registry.example.com/${name}:${version}` }] },
      },
    },
  };
}

/** As far as the constructors look at it. */
export function foreignProvider(): ProviderResource {
  return { __pulumiType: 'pulumi:providers:kubernetes' } as unknown as ProviderResource;
}
