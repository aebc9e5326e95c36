/** The command lines of a cluster's programs. */
import { join } from 'node:path';

export interface ControlPlane {
  /** Holds everything that the programs read and write. */
  readonly folder: string;
  readonly ports: { readonly etcd: number; readonly etcdPeer: number; readonly apiServer: number };
}

export interface Program {
  readonly name: string;
  readonly args: readonly string[];
}

/** Names of files in the folder. */
export const files = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-account.key',
  certificates: 'certificates',
  /** The API server makes its own certificate, and vouches for it with an authority in the same file. */
  serverCertificate: join('certificates', 'apiserver.crt'),
  kubeconfig: 'admin.kubeconfig',
} as const;

// Without a controller that makes service accounts, pods could not be created; without one that watches nodes, new nodes
// would keep the taint "not ready".
const pluginsWithoutTheirController = ['ServiceAccount', 'TaintNodesByCondition'];

const controllers = [
  'deployment-controller',
  'replicaset-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'resourcequota-controller',
  'job-controller',
  'ttl-after-finished-controller',
];

export function serverUrl({ ports }: ControlPlane): string {
  return `https://127.0.0.1:${ports.apiServer}`;
}

export function etcd({ ports }: ControlPlane): Program {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  const args = [
    '--name=test',
    '--data-dir=etcd',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    // The data need not survive the machine.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  return { name: 'etcd', args };
}

export function apiServer({ ports }: ControlPlane): Program {
  const args = [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    // Else it looks for the default route, which a private network namespace has not.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${files.certificates}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    `--disable-admission-plugins=${pluginsWithoutTheirController.join(',')}`,
    // Policies that change objects, as webhooks do.
    '--feature-gates=MutatingAdmissionPolicy=true',
    '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  ];
  return { name: 'kube-apiserver', args };
}

/** What acts on the objects; starts when the API server is ready. */
export function actors(kwokConfig: string): Program[] {
  return [
    { name: 'kube-controller-manager', args: [`--controllers=${controllers.join(',')}`, ...client, ...alone] },
    { name: 'kube-scheduler', args: [...client, ...alone] },
    { name: 'kwok', args: [kubeconfig, `--config=${kwokConfig}`, '--manage-all-nodes=true', '--cidr=10.244.0.0/16'] },
  ];
}

const kubeconfig = `--kubeconfig=${files.kubeconfig}`;
const client = [kubeconfig, '--kube-api-qps=500', '--kube-api-burst=1000'];
/** One of each, which nobody asks for its metrics: so no port that might be taken. */
const alone = ['--leader-elect=false', '--secure-port=0'];
