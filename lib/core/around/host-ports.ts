import type { Prospect } from '../app/prospect';
import type { PodTemplate } from '../manifests/manifest';
import { checkOf } from './check';
import { rollingBounds } from './rolling-update';

interface Pod {
  readonly hostNetwork?: boolean;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Container {
  readonly restartPolicy?: string;
  readonly ports?: ReadonlyArray<{
    readonly containerPort?: number;
    readonly hostPort?: number;
    readonly protocol?: string;
    readonly hostIP?: string;
  }>;
}

/** A port of a node is one pod's: each pod of stable, of the canary and of a rolling update needs a node for itself. */
export const hostPorts = checkOf({
  name: 'host-ports',
  about: 'new pods that take a port of their node, by hostPort or hostNetwork',
  effect: 'pods of the canary, or of stable in promotion, wait for a node where the port is free',
  needs: [],
  findings: (prospect) => {
    const ports = portsOf(prospect.target, prospect);
    if (ports.length === 0) return false;
    const named = ports.map(({ port }) => port).join(', ');
    const by = (prospect.target.spec as Pod).hostNetwork ? 'spec.hostNetwork' : 'hostPort';
    return {
      reason: `takes port ${named} of its node by ${by}, which only one pod of a node can have: ${nodesInWords(prospect, ports)}`,
      wayOut: `leave ${by} out and let a Service lead to the pods, or have so many nodes for them`,
    };
  },
});

interface NodePort {
  readonly port: number;
  /** Port, protocol and address: what two pods of a node cannot both have. */
  readonly key: string;
}

/** A port that is not listed is taken all the same: the Services tell that it is served. */
function portsOf({ spec }: PodTemplate, { services }: Prospect): NodePort[] {
  const { hostNetwork = false, containers = [], initContainers = [] } = (spec ?? {}) as Pod;
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const listed = running.flatMap(({ ports = [] }) => ports);
  const served = services.flatMap(({ targetPorts }) => targetPorts).filter((port) => typeof port === 'number');
  const unlisted = served
    .filter((port) => !listed.some(({ containerPort }) => containerPort === port))
    .map((containerPort) => ({ containerPort, hostPort: undefined, protocol: undefined, hostIP: undefined }));
  const all = [...listed, ...(hostNetwork ? unlisted : [])].flatMap(
    ({ containerPort, hostPort, protocol = 'TCP', hostIP = '' }) => {
      const port = hostPort || (hostNetwork ? containerPort : undefined);
      return port ? [[`${port}/${protocol}/${hostIP}`, port] as const] : [];
    },
  );
  return [...new Map(all)].map(([key, port]) => ({ key, port }));
}

/** How many pods have such a port at once: stable's old ones have it only if their template says so. */
function nodesInWords(prospect: Prospect, ports: readonly NodePort[]): string {
  const { workload, replicas, stable: template } = prospect;
  if (replicas === undefined) return 'pods of stable and of the canary need a node each';
  const { stable, canary } = replicas;
  const old = template && portsOf(template, prospect).map(({ key }) => key);
  const { surge } = rollingBounds(workload.strategy, stable);
  const more = old === undefined || ports.some(({ key }) => old.includes(key)) ? surge : 0;
  const parts = [`${stable} of stable`, `${canary} of the canary`, ...(more > 0 ? [`${more} more in promotion`] : [])];
  return `${parts.join(' and ')} need ${stable + canary + more} nodes`;
}
