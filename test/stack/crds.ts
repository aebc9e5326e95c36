/** CustomResourceDefinitions, installed so that their objects can be written at once. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Api, KubernetesObject } from './api';
import { waitFor } from './wait';

interface Crd extends KubernetesObject {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** @param files YAML; what else their authors put into them (webhooks, policies, RBAC) is left out */
export async function installCrds(api: Api, files: readonly string[]): Promise<void> {
  const crds = files.flatMap(crdsIn);
  for (const crd of crds) {
    await api.apply(`${definitions}/${crd.metadata.name}`, crd, { fieldManager: 'test-stack', force: true });
  }
  await Promise.all(crds.map((crd) => waitFor(`${crd.metadata.name} to be established`, () => isServed(api, crd))));
}

function crdsIn(file: string): Crd[] {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Crd | null);
  const crds = objects.filter((object): object is Crd => object?.kind === 'CustomResourceDefinition');
  if (crds.length === 0) throw new Error(`${file} holds no CustomResourceDefinition`);
  return crds;
}

/** After Established comes a moment in which the new kind is not found, or answered for with 429. */
async function isServed(api: Api, { metadata, spec }: Crd): Promise<boolean> {
  const { status } = await api.get<Crd>(`${definitions}/${metadata.name}`);
  if (!status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return false;
  const served = spec.versions.filter((version) => version.served);
  const answers = served.map(({ name }) => api.answers(`/apis/${spec.group}/${name}/${spec.names.plural}`));
  return (await Promise.all(answers)).every(Boolean);
}
