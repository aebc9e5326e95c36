/** Labels and annotations as Kubernetes has them. */
export type StringMap = Readonly<Record<string, string>>;

/** Kubernetes ObjectMeta, as far as graylane reads it. */
export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly [field: string]: unknown;
}

/** A Kubernetes object as plain JSON. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Kubernetes PodTemplateSpec; its spec is carried, never interpreted. */
export interface PodTemplate {
  readonly metadata?: ObjectMeta;
  readonly spec?: unknown;
}

/** Kubernetes LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: StringMap;
  readonly matchExpressions?: ReadonlyArray<{
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }>;
}

/** Kubernetes Deployment, as far as graylane reads it. */
export interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy?: { readonly type?: string };
    readonly progressDeadlineSeconds?: number;
    readonly [field: string]: unknown;
  };
}

/** Kubernetes Service, as far as graylane reads it. */
export interface Service extends Manifest {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: StringMap;
    readonly ports?: ReadonlyArray<{
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
      readonly [field: string]: unknown;
    }>;
    readonly [field: string]: unknown;
  };
}

export function isDeployment(object: Manifest): object is Deployment {
  return object.kind === 'Deployment' && object.apiVersion === 'apps/v1';
}

export function isService(object: Manifest): object is Service {
  return object.kind === 'Service' && object.apiVersion === 'v1';
}

/** Group, kind, namespace and name: equal for two manifests of one object, whatever their API version. */
export function objectKey(object: Manifest): string {
  const { apiVersion, kind, metadata } = object;
  return [groupOf(apiVersion), kind, metadata.namespace ?? '', metadata.name ?? ''].join('/');
}

/** API group of an `apiVersion`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** `Deployment shop/spring-cloud-a`, for messages. */
export function objectName(object: Manifest): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? '(without name)'}`;
}

/** What of the metadata is the server's, and in nobody's declaration. */
const SERVERS = ['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink'];

/** A live object as its owner might have declared it. */
export function bare({ status: _, ...object }: Manifest): Manifest {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !SERVERS.includes(field)));
  return { ...object, metadata };
}

/** The labels of what has metadata, such as the pods of a template. */
export function labelsOf({ metadata }: { readonly metadata?: { readonly labels?: StringMap } }): StringMap {
  return metadata?.labels ?? {};
}

/** Whether a selector of equality terms selects pods with these labels; an empty selector selects none. */
export function selects(selector: StringMap | undefined, labels: StringMap | undefined): boolean {
  const terms = Object.entries(selector ?? {});
  return terms.length > 0 && terms.every(([key, value]) => labels?.[key] === value);
}

/** The object without fields that are undefined: they must not decide equality, nor reach YAML. */
export function defined<T extends object>(object: T): T {
  const kept: Partial<T> = {};
  for (const key of Object.keys(object) as (keyof T)[]) if (object[key] !== undefined) kept[key] = object[key];
  return kept as T;
}
