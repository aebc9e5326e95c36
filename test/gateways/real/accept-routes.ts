/** What a gateway would do on an API server without one: say of every HTTPRoute that it has been taken up as it is. */
import { afterAll, beforeAll } from 'vitest';
import type { Api, KubernetesObject } from '../../stack/api';

interface Route extends KubernetesObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
  readonly spec: { readonly parentRefs?: readonly object[] };
  readonly status?: {
    readonly parents?: readonly { readonly conditions: readonly { observedGeneration: number }[] }[];
  };
}

const all = '/apis/gateway.networking.k8s.io/v1';

/** Call at the top of a test file, behind what installs the kinds. */
export function acceptRoutes(api: () => Api): void {
  let accepting: NodeJS.Timeout;
  beforeAll(() => {
    accepting = setInterval(() => void acceptAll(api()).catch(() => {}), 200);
  });
  afterAll(() => clearInterval(accepting));
}

async function acceptAll(api: Api): Promise<void> {
  const { items } = await api.get<{ items: Route[] }>(`${all}/httproutes`);
  for (const { metadata, spec, status } of items) {
    if (status?.parents?.[0]?.conditions[0]?.observedGeneration === metadata.generation) continue;
    const parents = (spec.parentRefs ?? []).map((parentRef) => ({
      parentRef,
      controllerName: 'example.com/test',
      conditions: [
        {
          type: 'Accepted',
          status: 'True',
          reason: 'Accepted',
          message: '',
          observedGeneration: metadata.generation,
          lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
        },
      ],
    }));
    await api.patch(`${all}/namespaces/${metadata.namespace}/httproutes/${metadata.name}/status`, {
      status: { parents },
    });
  }
}
