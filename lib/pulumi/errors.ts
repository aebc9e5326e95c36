import { errorCodes as core, problemsOf } from '../core';

/** What can be wrong with a resource of Pulumi. */
export const errorCodes = {
  'provider-ignored': {
    allowed: 'no provider of another package, or kubeconfig beside it',
    fix: "give the cluster as kubeconfig: Pulumi does not pass another package's provider on to this resource",
  },
  'import-impossible': {
    allowed: 'resources that this program makes',
    fix: 'set adopt: true instead of import: the running Deployment is taken over, and no pod restarts',
  },
  'workload-secret': {
    says: 'it is %',
    allowed: 'a workload without Pulumi secrets: the release keeps it readable in a ConfigMap',
    fix:
      'put it into a Kubernetes Secret, and refer to that from the pod template; or give it as pulumi.unsecret(...), ' +
      'if everybody who can read the Deployment may read it',
  },
} as const;

export const problem = problemsOf({ ...core, ...errorCodes });
