/** Changes of the user's own HTTPRoute on the real API server, whose CRD decides who owns what. */
import { afterAll, beforeAll } from 'vitest';
import { crdFiles } from '../../gateways/real/crds';
import type { Api, KubernetesObject } from '../../stack/api';
import { baseScenarios, meshScenarios } from '../base.scenarios';
import { hopScenarios } from '../hops.scenarios';
import { real } from './world';

const worlds = real();

interface Route extends KubernetesObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
  readonly spec: { readonly parentRefs?: readonly object[] };
  readonly status?: {
    readonly parents?: readonly { readonly conditions: readonly { observedGeneration: number }[] }[];
  };
}

const all = '/apis/gateway.networking.k8s.io/v1';
let accepting: NodeJS.Timeout;

beforeAll(async () => {
  await worlds.cluster().installCrds(crdFiles());
  const api = worlds.cluster().api;
  accepting = setInterval(() => void acceptAll(api).catch(() => {}), 200);
});
afterAll(() => clearInterval(accepting));

baseScenarios(worlds);
meshScenarios(worlds);
hopScenarios(worlds);

/** What a gateway would do: say of every route that it has been taken up as it is. */
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
