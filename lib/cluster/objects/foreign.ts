import { objectName } from '../../core';
import { EngineError } from '../port/failure';
import { ApiError, type Kind, type Live } from '../port/port';
import { type Run, tell } from '../run/run';

/**
 * R15: the workload belongs to another controller.
 * @throws EngineError foreign-controller, with the object
 */
export async function refuseForeign(run: Run): Promise<void> {
  const { name } = run.member.deployment.metadata;
  const { namespace } = run.key;
  for (const { kind, workload } of foreigners) {
    const warnings = await unlessForbidden(async () => {
      const owners = (await run.engine.api.list(kind, { namespace })).filter((live) => workload(live) === name);
      if (owners.length === 0) return [];
      const what = `${owners.map(objectName).join(', ')} (${kind.apiVersion}) releases this Deployment`;
      throw new EngineError('foreign-controller', run.key.name, what);
    });
    for (const what of warnings) tell(run, { is: 'warning', what });
  }
}

interface Foreign {
  readonly workloadRef?: { readonly kind?: string; readonly name?: string };
  readonly targetRef?: { readonly kind?: string; readonly name?: string };
  readonly objectRef?: { readonly workloadRef?: { readonly kind?: string; readonly name?: string } };
  readonly disabled?: boolean;
}

/** Who else releases Deployments, and how to see which one. */
const foreigners: readonly { kind: Kind; workload: (live: Live) => string | undefined }[] = [
  {
    kind: { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout' },
    workload: ({ spec }) => ((spec as Foreign).disabled ? undefined : deploymentIn((spec as Foreign).workloadRef)),
  },
  {
    kind: { apiVersion: 'rollouts.kruise.io/v1alpha1', kind: 'Rollout' },
    workload: ({ spec }) =>
      (spec as Foreign).disabled ? undefined : deploymentIn((spec as Foreign).objectRef?.workloadRef),
  },
  {
    kind: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
    workload: ({ spec }) => deploymentIn((spec as Foreign).workloadRef),
  },
  {
    kind: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary' },
    workload: ({ spec }) => deploymentIn((spec as Foreign).targetRef),
  },
];

function deploymentIn(ref: Foreign['workloadRef']): string | undefined {
  return ref?.kind === 'Deployment' ? ref.name : undefined;
}

/** A check that we may not make is told, and is no reason to stop. */
export async function unlessForbidden(check: () => string[] | Promise<string[]>): Promise<string[]> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    return [`not checked: ${error.message}`];
  }
}
