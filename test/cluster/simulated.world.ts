import { type Call, type Fault, SimulatedCluster } from '../../lib/simulated';
import { ApiError } from '../../lib/cluster';
import { isDeployment, type Manifest } from '../../lib/core';
import type { AdmissionRule, Mutation, World, Worlds } from './world';

/** Everything that graylane has called in all worlds. */
export const calls: Call[] = [];

export const simulated: Worlds = {
  name: 'simulated',
  make: async () => worldOf(new SimulatedCluster(), (call) => calls.push(call)),
};

/** A simulated cluster as a world of its own. */
export function worldOf(cluster: SimulatedCluster, seen?: Fault): World {
  let namespaces = 1;
  const user = cluster.client('kubectl');
  return {
    namespace: 'test-1',
    user,
    setStatus: async (ref, status) => void (await user.patch(ref, { status })),
    api: cluster.client('graylane', seen),
    clock: cluster.clock,
    newNamespace: async () => `test-${++namespaces}`,
    admit: async (rule) => cluster.admit((object) => admitted(object, rule)),
  };
}

function admitted(object: Manifest, { kinds, adds, denies }: AdmissionRule): Manifest {
  const { kind, metadata } = object;
  if (!kinds.some((one) => one === kind)) return object;
  if (denies === metadata.name) {
    const message = `${kind.toLowerCase()}s "${denies}" is forbidden: ValidatingAdmissionPolicy 'names' denied request: no`;
    throw new ApiError(422, 'Invalid', message);
  }
  return adds ? withMutation(object, adds) : object;
}

/** As a webhook leaves it: what is there already it does not add again. */
function withMutation(object: Manifest, { annotations, sidecar }: Mutation): Manifest {
  const { metadata } = object;
  const noted = annotations
    ? { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } }
    : object;
  if (sidecar === undefined || !isDeployment(noted)) return noted;
  const { template } = noted.spec;
  const { containers, ...pod } = template.spec as { containers: { name: string }[] };
  const others = containers.filter(({ name }) => name !== 'proxy');
  const proxy = { name: 'proxy', image: sidecar };
  return {
    ...noted,
    spec: { ...noted.spec, template: { ...template, spec: { ...pod, containers: [...others, proxy] } } },
  };
}
