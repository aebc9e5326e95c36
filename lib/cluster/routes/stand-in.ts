import { canaryName, type Deployment, isOurs, type Manifest, type StringMap } from '../../core';
import { kinds } from '../port/kinds';
import type { Api, Ref } from '../port/port';
import type { RolloutKey } from '../records/rollout-record';

/** Who is on the way back. */
interface Returning {
  readonly key: RolloutKey;
  readonly workload: Deployment;
  /** It has routing of its own, so that all Services of it are its own pods'. */
  readonly own: boolean;
}

/** In place of an object that is gone: the way back needs no more of it than its name, and of a Service whose pods it selects. */
export async function standIn(api: Api, ref: Ref, returning: Returning): Promise<Manifest> {
  const { apiVersion, kind, name, namespace } = ref;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  if (kind !== kinds.service.kind) return { apiVersion, kind, metadata, spec: {} };
  return { apiVersion, kind, metadata, spec: { selector: await selectorOf(api, name, returning) } };
}

/** The canary's Service has the selector of the one that is gone, but for the value that sets canaries apart. */
async function selectorOf(api: Api, name: string, { key, workload, own }: Returning): Promise<StringMap> {
  const { matchLabels = {} } = workload.spec.selector;
  const labels = { ...workload.spec.template.metadata?.labels, ...matchLabels };
  const canary = await api.get({ ...kinds.service, name: canaryName(name), namespace: key.namespace });
  const { selector = {} } = (canary && isOurs(canary) ? canary.spec : {}) as { selector?: StringMap };
  const same = Object.keys(selector).filter((label) => labels[label] !== undefined);
  if (same.length > 0) return Object.fromEntries(same.map((label) => [label, labels[label]!]));
  return own ? matchLabels : { 'graylane.io/gone': name };
}
