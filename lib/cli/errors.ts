import { errorCodes as core, problemsOf } from '../core';
import { errorCodes as kruise } from '../kruise/errors';
import { errorCodes as ledger } from '../ledger/errors';

/** What can be wrong with what a command is given. */
export const errorCodes = {
  'file-unreadable': { allowed: 'a file, a folder, or - for stdin', fix: 'correct the path' },
  'file-unwritable': { allowed: 'a file in a folder that is there', fix: 'correct the path, or make the folder' },
  'file-size': { allowed: 'files up to 5 MB', fix: 'give only the manifests of the release' },
  'file-encoding': { allowed: 'text in UTF-8', fix: 'convert the file' },
  'file-empty': { allowed: 'at least one Kubernetes object', fix: 'give the manifests of the release' },
  'yaml-syntax': { allowed: 'YAML or JSON', fix: 'correct the text at this line' },
  'yaml-duplicate-key': { allowed: 'each key once in a map', fix: 'remove one of the two: only one would count' },
  'yaml-aliases': { allowed: 'at most 100 aliases in a document', fix: 'write the values out' },
  'rollout-not-found': { allowed: 'a rollout of the input', fix: 'correct the name, or add the Rollout' },
  'rollout-ambiguous': { allowed: 'one of the rollouts that have something to do', fix: 'name the ones that you mean' },
  'workload-ambiguous': {
    allowed: 'a file with one Deployment of that name',
    fix: 'name the namespace: with -n of record, or by what kubectl get deployments -n NAMESPACE -o yaml prints',
  },
  'app-missing': {
    allowed: 'a cdk8s.yaml whose `app` is the command that runs the app',
    fix: 'run graylane in the folder of the app',
  },
  'app-failed': { allowed: 'an app that runs', fix: 'correct what the app says above' },
  'app-silent': {
    allowed: 'an app that reads its ledgers',
    fix: "call Ledger.fromFolder(app, 'releases/...') before app.synth()",
  },
  'ledger-folder': { allowed: 'a folder of ledgers that the app reads', fix: 'name one of them with --ledger' },
  'ledger-frozen': {
    allowed: 'ledgers that are up to date',
    fix: 'run the command without --frozen, outside of CI, and commit what it writes',
  },
  'template-differs': {
    allowed: 'a declared template that changes nothing of the running one',
    fix: 'declare the running template first and record it, or record what runs: give what kubectl get deployment -o yaml prints to record --from',
  },
  'git-failed': { allowed: 'a revision of the repository of this folder', fix: 'correct the revision, or fetch it' },
} as const;

export const problem = problemsOf({ ...core, ...kruise, ...ledger, ...errorCodes });
