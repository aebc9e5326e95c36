/**
 * The programs of the test stack, as data: in which go.mod each is pinned and how it is linked.
 *
 * The go.mod files are apart because the versions of shared dependencies must not influence one another: each program is
 * built with what its authors built it with.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface ToolModule {
  /** The folder with go.mod and go.sum, under `tools/`. */
  readonly folder: string;
  /** Program name to Go package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Go variable to the module whose pinned version it is set to: a build outside of a release knows no version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Build tags. @default - none */
  readonly tags?: string;
}

export const toolModules = {
  kubernetes: {
    folder: 'kubernetes',
    programs: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    versions: {
      'k8s.io/component-base/version.gitVersion': 'k8s.io/kubernetes',
      'k8s.io/client-go/pkg/version.gitVersion': 'k8s.io/kubernetes',
    },
  },
  // The newest minor that Go builds here: the API server alone, since controllers may be older than it.
  'kubernetes-newest': {
    folder: 'kubernetes-newest',
    programs: { 'kube-apiserver-newest': 'k8s.io/kubernetes/cmd/kube-apiserver' },
    versions: {
      'k8s.io/component-base/version.gitVersion': 'k8s.io/kubernetes',
      'k8s.io/client-go/pkg/version.gitVersion': 'k8s.io/kubernetes',
    },
  },
  kwok: {
    folder: 'kwok',
    programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    versions: {},
  },
  pulumi: {
    folder: 'pulumi',
    programs: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
    versions: {
      'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'github.com/pulumi/pulumi/pkg/v3',
    },
  },
  // Pinned to what `pulumi` is built with, wherever that is newer: half of its packages are compiled by then. Only Pulumi's
  // own modules are those that the provider asks for: with later ones it does not compile.
  'pulumi-kubernetes': {
    folder: 'pulumi-kubernetes',
    programs: { 'pulumi-resource-kubernetes': '.' },
    versions: {},
  },
  prometheus: {
    folder: 'prometheus',
    programs: { prometheus: 'github.com/prometheus/prometheus/cmd/prometheus' },
    versions: {},
    // Without the clients of a dozen clouds: half of what there is to compile.
    tags: 'remove_all_sd',
  },
} satisfies Record<string, ToolModule>;

export type ToolModuleName = keyof typeof toolModules;

/** What a cluster consists of; the others are built for the suites that want them. */
export const clusterModules: readonly ToolModuleName[] = ['kubernetes', 'kwok'];

/** Where built programs go; ignored by git. */
export const binFolder = join(__dirname, 'bin');

/** The program in the folder that KUBEBUILDER_ASSETS names, if it is there. */
export function providedProgram(program: string): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (!assets) return undefined;
  const file = join(assets, program);
  return existsSync(file) ? file : undefined;
}

/** The file to run: what KUBEBUILDER_ASSETS holds, otherwise what build.ts has built. */
export function programFile(program: string): string {
  return providedProgram(program) ?? join(binFolder, program);
}
