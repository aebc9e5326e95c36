import { isJsonObject, type JsonObject, sameJson } from './json';
import type { PodTemplate } from './manifest';
import { thousandths } from './quantity';

/** Fields that the API server sets where the object at a path has none. */
type Defaults = readonly [at: RegExp, fields: (object: JsonObject) => JsonObject];

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
/** 0644. */
const MODE = 0o644;

/**
 * Of Kubernetes 1.34, with what earlier versions set beside: `SetDefaults_*` in pkg/apis/core/v1/defaults.go,
 * `SetObjectDefaults_Deployment` in pkg/apis/apps/v1/zz_generated.defaults.go, and structs without `omitempty` in
 * k8s.io/api/core/v1/types.go, which are written even if they are empty. A path holds names of fields, without entries.
 */
const DEFAULTS: readonly Defaults[] = [
  [/^$/, () => ({ metadata: {} })],
  [/^spec$/, podSpec],
  [/^spec\.(containers|initContainers|ephemeralContainers)$/, container],
  [/[cC]ontainers\.ports$/, () => ({ protocol: 'TCP' })],
  [/\.fieldRef$/, () => ({ apiVersion: 'v1' })],
  [/\.resourceFieldRef$/, () => ({ divisor: '0' })],
  [/\.fileKeyRef$/, () => ({ optional: false })],
  [/\.(livenessProbe|readinessProbe|startupProbe)$/, () => PROBE],
  [/\.httpGet$/, () => ({ path: '/', scheme: 'HTTP' })],
  [/Probe\.grpc$/, () => ({ service: '' })],
  [/^spec\.volumes$/, volume],
  [/^spec\.volumes\.hostPath$/, () => ({ type: '' })],
  [/^spec\.volumes\.(secret|configMap|downwardAPI|projected)$/, () => ({ defaultMode: MODE })],
  [/^spec\.volumes\.projected\.sources\.serviceAccountToken$/, () => ({ expirationSeconds: 3600 })],
  [/^spec\.volumes\.image$/, ({ reference }) => ({ pullPolicy: pullPolicy(reference) })],
  [/^spec\.volumes\.ephemeral\.volumeClaimTemplate$/, () => ({ metadata: {} })],
  [/^spec\.volumes\.ephemeral\.volumeClaimTemplate\.spec$/, () => ({ volumeMode: 'Filesystem', resources: {} })],
  [/^spec\.volumes\.iscsi$/, () => ({ iscsiInterface: 'default' })],
  [/^spec\.volumes\.rbd$/, () => ({ pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' })],
  [/^spec\.volumes\.scaleIO$/, () => ({ storageMode: 'ThinProvisioned', fsType: 'xfs' })],
  [/^spec\.volumes\.azureDisk$/, () => ({ cachingMode: 'ReadWrite', fsType: 'ext4', kind: 'Shared' })],
];

/** Maps whose keys and values are the user's; an empty one is as if it were not there. */
const FREE = /(^|\.)(labels|annotations|matchLabels|nodeSelector|volumeAttributes|options)$/;
const AMOUNTS = /(^|\.)(limits|requests|overhead)$/;
const AMOUNT = /\.(sizeLimit|divisor)$/;
/** Fields without a pointer in Kubernetes' types: their zero is as if they were not there. */
const ZERO = /(\.|^)(\w+Probe\.\w+(Seconds|Threshold)|hostPort|host(Network|PID|IPC)|stdin|stdinOnce|tty|readOnly)$/;
/** The empty class is another one than the default class. */
const EMPTY = /\.(storageClassName|volumeAttributesClassName)$/;

/** The template as the API server stores it: with its defaults, and without fields that say nothing. */
export function withServerDefaults(template: PodTemplate): PodTemplate {
  return filled(template, '') as PodTemplate;
}

/**
 * The same for two templates that the API server takes for the same; none of the spelling is left, so it is for comparing
 * only.
 */
export function comparableTemplate(template: PodTemplate): PodTemplate {
  return comparable(template, '') as PodTemplate;
}

/**
 * What runs as it might have been declared: without the server's defaults, and spelled as the declared template is where
 * both say the same.
 */
export function spelledAs(declared: PodTemplate, running: PodTemplate): PodTemplate {
  return spelled(declared, running, '') as PodTemplate;
}

function podSpec({ serviceAccountName, serviceAccount }: JsonObject): JsonObject {
  return {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    // Two names of one field: pkg/apis/core/v1/conversion.go.
    serviceAccount: serviceAccountName,
    serviceAccountName: serviceAccount,
  };
}

function container({ image }: JsonObject): JsonObject {
  return {
    imagePullPolicy: pullPolicy(image),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

/** A name with neither tag nor digest means the tag `latest`. */
function pullPolicy(image: unknown): string {
  const [, tag, digest] = /^.*?(?::([\w.-]+))?(@.*)?$/.exec(typeof image === 'string' ? image : '') ?? [];
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}

function volume({ name: _, ...source }: JsonObject): JsonObject {
  return Object.keys(source).length === 0 ? { emptyDir: {} } : {};
}

function filled(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => filled(entry, path));
  if (!isJsonObject(value) || isFree(path)) return value;
  const written = Object.entries(value).filter(([key, field]) => !saysNothing(field, below(path, key)));
  const set = Object.fromEntries(written);
  const defaults = DEFAULTS.filter(([at]) => at.test(path)).flatMap(([, fields]) => Object.entries(fields(set)));
  const all = [...defaults.filter(([key, field]) => field !== undefined && !(key in set)), ...written];
  return Object.fromEntries(all.map(([key, field]) => [key, filled(field, below(path, key))]));
}

function saysNothing(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return true;
  if (value === '') return !EMPTY.test(path);
  if (value === 0 || value === false) return ZERO.test(path);
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && isFree(path) && Object.keys(value).length === 0;
}

function comparable(value: unknown, path: string): unknown {
  return withAmounts(filled(value, path), path);
}

function withAmounts(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => withAmounts(entry, path));
  if (AMOUNT.test(path)) return amountOf(value);
  if (!isJsonObject(value) || FREE.test(path)) return value;
  const fields = Object.entries(value).map(([key, field]) => [
    key,
    AMOUNTS.test(path) ? amountOf(field) : withAmounts(field, below(path, key)),
  ]);
  return Object.fromEntries(fields) as JsonObject;
}

function spelled(declared: unknown, running: unknown, path: string): unknown {
  if (sameJson(comparable(declared, path), comparable(running, path))) return declared;
  if (Array.isArray(running)) {
    return running.map((entry, i) => spelled(counterpart(entry, i, declared), entry, path));
  }
  if (!isJsonObject(running)) return running;
  const wanted = isJsonObject(declared) ? declared : {};
  const [slim, meant] = [withoutDefaults(running, path), comparable(running, path) as JsonObject];
  // A default may depend on another field: the pull policy does on the image.
  const alike = Object.keys(wanted).filter((key) =>
    sameJson((comparable({ ...slim, [key]: wanted[key] }, path) as JsonObject)[key], meant[key]),
  );
  const own = Object.keys(slim).filter((key) => !alike.includes(key));
  return Object.fromEntries([
    ...alike.map((key) => [key, wanted[key]]),
    ...own.map((key) => [key, spelled(wanted[key], running[key], below(path, key))]),
  ]);
}

/** Without the fields that the server would set to what they are. */
function withoutDefaults(object: JsonObject, path: string): JsonObject {
  const meant = comparable(object, path) as JsonObject;
  // In an order of its own: of two names of one field the first one is left out.
  return Object.keys(object)
    .sort()
    .reduce((rest, key) => {
      const { [key]: _, ...others } = rest;
      return sameJson((comparable(others, path) as JsonObject)[key], meant[key]) ? others : rest;
    }, object);
}

/** Of the other list: the entry of the same name, or in the same place. */
function counterpart(entry: unknown, place: number, others: unknown): unknown {
  if (!Array.isArray(others)) return undefined;
  const { name } = isJsonObject(entry) ? entry : {};
  const named = others.find((other) => name !== undefined && isJsonObject(other) && other.name === name) as unknown;
  return named ?? (others as unknown[])[place];
}

/** A quantity in thousandths; what is none stays as it is. The API server writes an amount in its shortest form. */
function amountOf(quantity: unknown): unknown {
  const amount = thousandths(quantity);
  return amount === undefined ? quantity : `${amount}m`;
}

/** Values there are the user's, whatever they are. */
function isFree(path: string): boolean {
  return FREE.test(path) || AMOUNTS.test(path);
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
