import { defined, type Manifest, shorten } from '../core';
import { unlessForbidden } from './objects/foreign';
import type { Engine } from './port/engine';
import { EngineError } from './port/failure';
import { kinds } from './port/kinds';
import { storedLabels } from './port/looking-ahead';
import { type Api, type Live, refOf } from './port/port';
import type { RolloutKey } from './records/rollout-record';

/** On a Job that walks a release, and its pod: the rollout's name. */
const JOB_LABEL = 'graylane.io/job-of';
/** Seconds for which a Job that is over can still be looked at. */
const KEPT = 3600;
/** Of a name that gets an id. */
const LONGEST_NAME = 50;
const FOLDER = '/graylane';
const FILE = 'release.yaml';

/** A Job that walks a release. */
export interface Detached {
  readonly image: string;
  /** Of the rollout's namespace, with the rights of deploy/rbac.yaml. */
  readonly serviceAccount: string;
  /** A Secret of that namespace whose keys are environment variables of the Job. @default - none */
  readonly secret?: string;
  /** What is declared, as YAML or JSON. */
  readonly manifests: string;
  /** Arguments of graylane, but for the file. */
  readonly args: readonly string[];
}

/** Where a release is walked by a Job. */
export interface JobStatus {
  readonly name: string;
  /** Of its pods; none are left of one that has ended well. */
  readonly state: 'begins' | 'runs' | 'failed';
  /** Why it has failed. */
  readonly why?: string;
}

/**
 * Makes a Job that walks a rollout's release to its end, in the place of earlier ones. Its input is deleted with it.
 * @returns its name
 * @throws EngineError object-missing, where its ServiceAccount is not there; what an API server says
 */
export async function detach({ api, random }: Engine, key: RolloutKey, detached: Detached): Promise<string> {
  const { name: rollout, namespace } = key;
  const { serviceAccount } = detached;
  if (!(await api.get({ ...kinds.serviceAccount, name: serviceAccount, namespace }))) {
    const fix = `kubectl apply -n ${namespace} -f deploy/detached.yaml, or name another one with --service-account`;
    throw new EngineError('object-missing', rollout, `there is no ServiceAccount ${namespace}/${serviceAccount}`, fix);
  }
  for (const earlier of await jobsOf(api, namespace, rollout)) await api.delete(refOf(earlier));
  const name = `${shorten(`graylane-up-${rollout}`).slice(0, LONGEST_NAME)}-${random.id()}`;
  const labels = { ...storedLabels, [JOB_LABEL]: shorten(rollout) };
  const job = await api.create(jobFor({ name, namespace, labels }, detached));
  const { uid } = job.metadata;
  const ownerReferences = [{ ...kinds.job, name, uid }];
  try {
    const data = { [FILE]: detached.manifests };
    await api.create({ ...kinds.configMap, metadata: { name, namespace, labels, ownerReferences }, data });
  } catch (error) {
    await api.delete(refOf(job));
    throw error;
  }
  return name;
}

/** The Jobs of a namespace, or of all, by `namespace/rollout`; none where they may not be listed. */
export async function readJobs(api: Api, namespace?: string): Promise<ReadonlyMap<string, JobStatus>> {
  let jobs: readonly Live[] = [];
  await unlessForbidden(async () => {
    jobs = await api.list(kinds.job, defined({ namespace, labels: storedLabels }));
    return [];
  });
  return new Map(jobs.flatMap((job) => (isOver(job) ? [] : [[ownerOf(job), statusOf(job)] as const])));
}

/** As `readJobs` names the owner of a Job. */
export function jobOwner({ name, namespace }: RolloutKey): string {
  return `${namespace}/${shorten(name)}`;
}

function ownerOf({ metadata }: Live): string {
  return `${metadata.namespace}/${metadata.labels?.[JOB_LABEL]}`;
}

interface JobConditions {
  readonly active?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
}

function conditionOf({ status }: Live, type: string) {
  const { conditions = [] } = (status ?? {}) as JobConditions;
  return conditions.find((one) => one.type === type && one.status === 'True');
}

function isOver(job: Live): boolean {
  return conditionOf(job, 'Complete') !== undefined || job.metadata.deletionTimestamp !== undefined;
}

function statusOf(job: Live): JobStatus {
  const { name } = job.metadata;
  const failed = conditionOf(job, 'Failed');
  if (failed) return defined({ name, state: 'failed' as const, why: failed.message });
  return { name, state: ((job.status ?? {}) as JobConditions).active ? 'runs' : 'begins' };
}

async function jobsOf(api: Api, namespace: string, rollout: string): Promise<Live[]> {
  return api.list(kinds.job, { namespace, labels: { ...storedLabels, [JOB_LABEL]: shorten(rollout) } });
}

type Named = Pick<Manifest['metadata'], 'namespace' | 'labels'> & { readonly name: string };

/** Its pod may do what the strictest of the Pod Security Standards allows, and nothing more. */
function jobFor(metadata: Named, { image, serviceAccount, secret, args }: Detached): Manifest {
  const { name, labels } = metadata;
  const container = {
    name: 'graylane',
    image,
    args: ['up', '-f', `${FOLDER}/${FILE}`, ...args],
    ...(secret !== undefined && { envFrom: [{ secretRef: { name: secret } }] }),
    resources: { requests: { cpu: '10m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'release', mountPath: FOLDER, readOnly: true }],
  };
  const pod = {
    restartPolicy: 'Never',
    serviceAccountName: serviceAccount,
    terminationGracePeriodSeconds: 60,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'release', configMap: { name } }],
  };
  // A sidecar would keep the Job from ever being over.
  const annotations = { 'sidecar.istio.io/inject': 'false', 'linkerd.io/inject': 'disabled' };
  const meshless = { 'sidecar.istio.io/inject': 'false' };
  return {
    ...kinds.job,
    metadata,
    spec: {
      ttlSecondsAfterFinished: KEPT,
      backoffLimit: 6,
      podFailurePolicy: {
        rules: [
          // A node that is drained, and whoever is told to stop, is no failure of the release: the next pod goes on.
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'Ignore', onExitCodes: { containerName: container.name, operator: 'In', values: [130] } },
          // What is wrong with the input is so the next time, too.
          { action: 'FailJob', onExitCodes: { containerName: container.name, operator: 'In', values: [1, 2] } },
        ],
      },
      template: { metadata: { labels: { ...labels, ...meshless }, annotations }, spec: pod },
    },
  };
}
