/** Generated pod templates that the API server accepts, with defaults and empty fields spelled out here and there. */
import fc, { type Arbitrary } from 'fast-check';
import type { PodTemplate } from '../../lib/core';

/** Some of these fields. */
function some(fields: Record<string, Arbitrary<unknown>>): Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const amounts = (...values: (string | number)[]) => one(...values);

const handler = fc.oneof(
  fc.record({ httpGet: some({ path: one('/', '/ready', ''), scheme: one('HTTP', 'HTTPS') }) }).map(({ httpGet }) => ({
    httpGet: { port: 8080, ...httpGet },
  })),
  one({ tcpSocket: { port: 'http' } }, { exec: { command: ['true'] } }),
  some({ service: one('', 'ready') }).map((grpc) => ({ grpc: { port: 8080, ...grpc } })),
);

const probe = fc
  .tuple(
    handler,
    some({
      initialDelaySeconds: one(0, 5),
      timeoutSeconds: one(0, 1, 2),
      periodSeconds: one(0, 10, 20),
      failureThreshold: one(0, 3, 4),
      successThreshold: one(0, 1),
    }),
  )
  .map(([action, times]) => ({ ...action, ...times }));

const env = fc.oneof(
  one({ name: 'EMPTY', value: '' }, { name: 'A', value: 'b' }, { name: 'NONE' }),
  some({ apiVersion: one('v1') }).map((ref) => ({
    name: 'NODE',
    valueFrom: { fieldRef: { fieldPath: 'spec.nodeName', ...ref } },
  })),
  some({ divisor: one('0', '1', '1m', '1000m') }).map((ref) => ({
    name: 'CPU',
    valueFrom: { resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', ...ref } },
  })),
  some({ optional: one(true, false) }).map((ref) => ({
    name: 'SECRET',
    valueFrom: { secretKeyRef: { name: 's', key: 'k', ...ref } },
  })),
);

const resources = some({
  requests: some({ cpu: amounts('100m', '0.1', 0.1), memory: amounts('1Gi', '1024Mi', '64M', '1e6', 1048576) }),
  limits: some({ cpu: amounts(1, '1', '1000m', '2000m', '1.5'), memory: amounts('2Gi', '2048Mi', '2G', '1.5Gi') }),
});

const container = fc
  .tuple(
    one('web', 'web:latest', 'web:v1', 'example.com:5000/web', 'example.com/web@sha256:'.padEnd(87, 'a')),
    some({
      imagePullPolicy: one('Always', 'IfNotPresent', 'Never', ''),
      command: one([], ['sh']),
      env: fc.uniqueArray(env, { selector: ({ name }) => name }),
      resources,
      livenessProbe: probe,
      readinessProbe: probe,
      startupProbe: probe,
      lifecycle: one({}, { preStop: { httpGet: { port: 8080 } } }, { preStop: { exec: { command: ['sleep', '5'] } } }),
      securityContext: some({ privileged: one(false), runAsUser: one(0, 5), readOnlyRootFilesystem: one(true, false) }),
      terminationMessagePath: one('/dev/termination-log', '/log', ''),
      terminationMessagePolicy: one('File', 'FallbackToLogsOnError'),
      stdin: one(true, false),
      tty: one(false),
      workingDir: one('', '/'),
    }),
    some({ protocol: one('TCP', 'UDP'), hostPort: one(0) }),
  )
  .map(([image, fields, port]) => ({
    name: 'main',
    image,
    ports: [{ name: 'http', containerPort: 8080, ...port }],
    ...fields,
  }));

const file = fc.oneof(
  fc.constant({}),
  some({ medium: one('', 'Memory'), sizeLimit: one('1Gi', '1024Mi', '500M') }).map((emptyDir) => ({ emptyDir })),
  some({ defaultMode: one(0, 420, 256), optional: one(false) }).map((fields) => ({
    configMap: { name: 'c', ...fields },
  })),
  some({ defaultMode: one(420, 256) }).map((fields) => ({ secret: { secretName: 's', items: [], ...fields } })),
  some({ type: one('', 'Directory') }).map((fields) => ({ hostPath: { path: '/data', ...fields } })),
  some({ readOnly: one(false, true) }).map((fields) => ({ persistentVolumeClaim: { claimName: 'p', ...fields } })),
  some({ expirationSeconds: one(3600, 7200), audience: one('', 'a') }).map((serviceAccountToken) => ({
    projected: { sources: [{ serviceAccountToken: { path: 'token', ...serviceAccountToken } }] },
  })),
  fc.constant({ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }),
  some({ volumeMode: one('Filesystem'), storageClassName: one('', 'fast') }).map((fields) => ({
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } }, ...fields },
      },
    },
  })),
);

const spec = fc
  .tuple(
    container,
    fc.array(container, { maxLength: 1 }),
    fc.array(file, { maxLength: 3 }),
    some({
      serviceAccountName: one('', 'robot'),
      automountServiceAccountToken: one(true, false),
      hostNetwork: one(false),
      hostPID: one(true, false),
      setHostnameAsFQDN: one(true, false),
      dnsPolicy: one('ClusterFirst', 'Default'),
      restartPolicy: one('Always'),
      securityContext: some({ runAsNonRoot: one(true, false), fsGroup: one(0, 5), sysctls: one([]) }),
      terminationGracePeriodSeconds: one(0, 30, 60),
      schedulerName: one('default-scheduler', 'mine', ''),
      nodeSelector: one({}, { disk: 'ssd', zone: '' }),
      tolerations: one([], [{ key: 'a', operator: 'Exists', value: '' }]),
      enableServiceLinks: one(true, false),
      priorityClassName: one(''),
      hostAliases: one([]),
      affinity: one({}, { podAntiAffinity: {} }),
      topologySpreadConstraints: one([
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
      ]),
    }),
  )
  .map(([main, init, volumes, fields]) => ({
    containers: [main],
    ...(init[0] && { initContainers: [{ ...withoutLoop(init[0]), name: 'init' }] }),
    volumes: volumes.map((volume, i) => ({ name: `v${i}`, ...volume })),
    ...fields,
  }));

/** Probes and hooks are of containers that stay. */
function withoutLoop(one: object): object {
  const stays = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'ports'];
  return Object.fromEntries(Object.entries(one).filter(([field]) => !stays.includes(field)));
}

export const templates: Arbitrary<PodTemplate> = fc
  .tuple(spec, some({ annotations: one({}, { a: '', b: 'c' }) }))
  .map(([fields, metadata]) => ({ metadata: { labels: { app: 'web', empty: '' }, ...metadata }, spec: fields }));
