import {
  changedFields,
  comparableTemplate,
  defined,
  type Deployment,
  GraylaneError,
  type PodTemplate,
  spelledAs,
} from '../../core';
import { problem } from '../errors';

/** What runs of a Deployment, beside what is declared of it. */
export interface Running {
  /** The declared template, where it is the one that runs; what others have added does not count. */
  readonly template: PodTemplate;
  /** The fields whose values differ from the declared ones; none where the declared template runs. */
  readonly fields: readonly string[];
}

/** The Deployment that is meant. @param namespace @default - the only one of that name */
export interface WantedDeployment {
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Annotations by which others restart pods: kubectl and Argo CD, Rancher, KubeSphere, the console of ACK, and Reloader.
 * They stay when a template without them is applied.
 */
const RESTARTS = [
  'kubectl.kubernetes.io/restartedAt',
  'cattle.io/timestamp',
  'kubesphere.io/restartedAt',
  'redeploy-timestamp',
  'reloader.stakater.com/last-reloaded-from',
];

/**
 * The template of a Deployment of a file, which may be what a cluster has printed: defaults of the API server and marks of
 * restarts do not make it another one.
 * @throws GraylaneError workload-ambiguous, at `option`, where several namespaces have one of that name
 */
export function runningAmong(
  deployments: readonly Deployment[],
  wanted: WantedDeployment,
  declared: PodTemplate,
  option: string,
): Running | undefined {
  const found = deploymentAmong(deployments, wanted, option);
  if (found === undefined) return undefined;
  const running = withoutRestarts(found.spec.template, declared);
  const fields = changedFields(comparableTemplate(declared), comparableTemplate(running));
  return { template: fields.length === 0 ? declared : spelledAs(declared, running), fields };
}

function deploymentAmong(
  deployments: readonly Deployment[],
  { name, namespace }: WantedDeployment,
  option: string,
): Deployment | undefined {
  const named = deployments.filter(({ metadata }) => metadata.name === name);
  const inNamespace = (wanted?: string) => named.find(({ metadata }) => metadata.namespace === wanted);
  const exact = inNamespace(namespace);
  // One without a namespace is of whichever it is applied to.
  if (exact !== undefined || namespace !== undefined) return exact ?? inNamespace();
  if (named.length <= 1) return named[0];
  const allowed = `Deployment ${name} of one namespace; the file has ${named.map(({ metadata }) => metadata.namespace).join(', ')}`;
  throw new GraylaneError(problem('workload-ambiguous', option, `${named.length} Deployments ${name}`, { allowed }));
}

function withoutRestarts(running: PodTemplate, declared: PodTemplate): PodTemplate {
  const known = declared.metadata?.annotations ?? {};
  const annotations = Object.entries(running.metadata?.annotations ?? {}).filter(
    ([key]) => key in known || !RESTARTS.includes(key),
  );
  if (running.metadata?.annotations === undefined) return running;
  return { ...running, metadata: defined({ ...running.metadata, annotations: Object.fromEntries(annotations) }) };
}
