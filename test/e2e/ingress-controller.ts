/**
 * What stands for a controller of Ingresses: each gets an address, for which Pulumi's Kubernetes provider waits. Where
 * requests go is tested elsewhere.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Api } from '../stack/api';

interface Ingresses {
  readonly items: {
    readonly metadata: { readonly name: string };
    readonly status: { readonly loadBalancer?: object };
  }[];
}

const ADDRESS = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };

/** Until the test has ended. */
export function giveAddresses(api: Api, namespace: string): void {
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
  let going = true;
  const loop = async () => {
    while (going) {
      const { items } = await api.get<Ingresses>(path);
      const without = items.filter(({ status }) => Object.keys(status.loadBalancer ?? {}).length === 0);
      for (const { metadata } of without)
        await api.patch(`${path}/${metadata.name}/status`, ADDRESS).catch(() => undefined);
      await pause(200);
    }
  };
  const ended = loop();
  onTestFinished(async () => {
    going = false;
    await ended;
  });
}
