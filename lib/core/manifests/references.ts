import type { PodTemplate } from './manifest';

interface Source {
  readonly name?: string;
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly {
    readonly configMap?: Source;
    readonly secret?: { readonly secretName?: string };
    readonly projected?: { readonly sources?: readonly { readonly configMap?: Source; readonly secret?: Source }[] };
  }[];
  readonly imagePullSecrets?: readonly Source[];
}

interface Container {
  readonly env?: readonly {
    readonly valueFrom?: { readonly configMapKeyRef?: Source; readonly secretKeyRef?: Source };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: Source; readonly secretRef?: Source }[];
}

/** The ConfigMaps and Secrets that pods of a template need: `ConfigMap settings`. */
export function references(template: PodTemplate): string[] {
  const {
    containers = [],
    initContainers = [],
    volumes = [],
    imagePullSecrets = [],
  } = (template.spec ?? {}) as PodSpec;
  const all = [...containers, ...initContainers];
  const env = all.flatMap((container) => container.env ?? []);
  const envFrom = all.flatMap((container) => container.envFrom ?? []);
  const projected = volumes.flatMap((volume) => volume.projected?.sources ?? []);
  const configMaps = [
    ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ...[...volumes, ...projected].map(({ configMap }) => configMap?.name),
  ];
  const secrets = [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...projected.map(({ secret }) => secret?.name),
    ...imagePullSecrets.map(({ name }) => name),
  ];
  const named = (kind: string, names: readonly (string | undefined)[]) =>
    names.filter((name) => name !== undefined).map((name) => `${kind} ${name}`);
  return [...new Set([...named('ConfigMap', configMaps), ...named('Secret', secrets)])].sort();
}
