import { ApiError, type Engine, EngineError, kinds, type Live, readRecord } from '../../cluster';
import { objectName } from '../../core';
import type { RolloutInputs } from '../state';
import { ID_ANNOTATION, STACK_ANNOTATION, stackOf } from './rollout-request';

/** How a Deployment gets from Pulumi's Kubernetes provider to a rollout without the loss of a pod. */
const RECIPE =
  'give the k8s.apps.v1.Deployment retainOnDelete: true and run pulumi up; then put the rollout in its place, with ' +
  "adopt: 'retained'";

/** What a preview cannot know: only the engine has its state. */
export const IF_RETAINED =
  'if its k8s.apps.v1.Deployment has had retainOnDelete: true since an earlier update; else Pulumi deletes it after this one';

type Adopted = Pick<RolloutInputs, 'name' | 'namespace' | 'workload' | 'adopt' | 'reportAs'>;

/**
 * The Deployment that a rollout without a record would take over, if there is one.
 * @throws EngineError adoption-needed, where it may not be taken over
 */
export async function adopted({ api }: Engine, inputs: Adopted): Promise<Live | undefined> {
  const { name, namespace, workload, adopt } = inputs;
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  if (live === undefined || adopt === 'retained') return live;
  const owner = signOfPulumi(live);
  if (owner !== undefined) {
    const what = `${objectName(live)} is a resource of Pulumi's Kubernetes provider (${owner}), which would delete it`;
    throw new EngineError('adoption-needed', name, what, RECIPE);
  }
  if (!adopt) throw new EngineError('adoption-needed', name, `${objectName(live)} exists already`);
  return live;
}

/**
 * A rollout that another stack releases is not to be had without a word: two stacks would undo each other's releases.
 * @param id of the resource that has had it before. @default - it is being made
 * @throws EngineError adoption-needed
 */
export async function refuseTakeover({ api }: Engine, inputs: Adopted, id?: string): Promise<void> {
  const { name, namespace, workload, adopt } = inputs;
  if (id === undefined && adopt) return;
  const live = await api.get({ ...kinds.deployment, name: workload.metadata.name!, namespace });
  const { [ID_ANNOTATION]: bearer, [STACK_ANNOTATION]: stack } = live?.metadata.annotations ?? {};
  const own = stackOf(inputs);
  if (bearer === undefined || bearer === id || own === undefined || stack === own) return;
  // Earlier versions have not noted the stack.
  if (stack === undefined && id !== undefined) return;
  const holder = `another resource of Pulumi, ${bearer}${stack === undefined ? '' : ` of the stack ${stack}`}`;
  const fix = `take it out of one of the two stacks (pulumi state delete); the other one then makes it with adopt: true`;
  throw new EngineError('adoption-needed', name, `${objectName(live!)} is released by ${holder}`, fix);
}

/**
 * Asked once more before anything is written: the preview may not have reached the cluster.
 * @param id of the resource that has had it before. @default - it is being made
 * @throws EngineError adoption-needed, and unreachable or forbidden where it cannot be seen
 */
export async function refuseAdoption(engine: Engine, inputs: Adopted, id?: string): Promise<void> {
  try {
    const isNew = id === undefined && (await readRecord(engine.api, inputs)) === undefined;
    await (isNew ? adopted(engine, inputs) : refuseTakeover(engine, inputs, id));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new EngineError(error.status === 403 ? 'forbidden' : 'unreachable', inputs.name, error.message);
  }
}

/** By which its Kubernetes provider is recognised, with server-side apply and without. */
export function signOfPulumi(live: Live): string | undefined {
  const { annotations = {}, labels = {} } = live.metadata;
  const manager = managerOfPulumi(live);
  if (manager !== undefined) return `field manager ${manager}`;
  const annotation = Object.keys(annotations).find((key) => key.startsWith('pulumi.com/'));
  if (annotation !== undefined) return `annotation ${annotation}`;
  return labels['app.kubernetes.io/managed-by'] === 'pulumi' ? 'label app.kubernetes.io/managed-by: pulumi' : undefined;
}

/** The field manager of its Kubernetes provider, where that owns a field. */
export function managerOfPulumi({ metadata: { managedFields = [] } }: Live): string | undefined {
  return managedFields.find(({ manager = '' }) => /^pulumi-(resource-)?kubernetes/.test(manager))?.manager;
}
