import { errorCodes as core, problemsOf } from '../core';
import { errorCodes as kruise } from '../kruise/errors';
import { errorCodes as ledger } from '../ledger/errors';

/** What can be wrong with what a command is given. */
export const errorCodes = {
  'file-unreadable': {
    says: 'it cannot be read (%)',
    allowed: 'a file, a folder, or - for stdin',
    fix: 'correct the path',
  },
  'file-unwritable': {
    says: 'it cannot be written (%)',
    allowed: 'a file in a folder that is there',
    fix: 'correct the path, or make the folder',
  },
  'file-size': {
    says: 'it has %',
    allowed: 'files up to 5 MB',
    fix: 'give only the manifests of the release',
  },
  'file-encoding': {
    says: 'there is %',
    allowed: 'text in UTF-8',
    fix: 'convert the file',
  },
  'file-empty': {
    says: 'there is %',
    allowed: 'at least one Kubernetes object',
    fix: 'give the manifests of the release',
  },
  'yaml-syntax': {
    says: '%',
    allowed: 'YAML or JSON',
    fix: 'correct the text at this line',
  },
  'yaml-duplicate-key': {
    says: '%',
    allowed: 'each key once in a map',
    fix: 'remove one of the two: only one would count',
  },
  'yaml-aliases': {
    says: 'there are %',
    allowed: 'at most 100 aliases in a document',
    fix: 'write the values out',
  },
  'rollout-not-found': {
    says: 'there is no rollout %',
    allowed: 'a rollout of the input',
    fix: 'correct the name, or add the Rollout',
  },
  'check-unknown': {
    says: 'there is no check % to which that finding fits',
    allowed: 'a check of the input',
    fix: 'correct the name, or give holds, not-yet or broken instead of a share',
  },
  'rollout-ambiguous': {
    says: '% is given',
    allowed: 'one of the rollouts that have something to do',
    fix: 'name the ones that you mean',
  },
  'standpoint-ambiguous': {
    says: 'there are %',
    allowed: 'one --from or --approve for each rollout',
    fix: 'leave one of the two out',
  },
  'option-of-files': {
    says: '% is given without -f',
    allowed: 'this option beside -f',
    fix: 'leave it out: the app names its gateways and namespaces, and its ledgers say what runs',
  },
  'workload-ambiguous': {
    says: 'there are %',
    allowed: 'a file with one Deployment of that name',
    fix: 'name the namespace: with -n of record, or by what kubectl get deployments -n NAMESPACE -o yaml prints',
  },
  'image-missing': {
    allowed: 'an image with graylane in it, by --image or GRAYLANE_IMAGE',
    fix: 'build the Dockerfile of graylane, push it to a registry that the cluster pulls from, and name it',
  },
  'detached-size': {
    says: 'rollout, lane and Deployment have %',
    allowed: 'up to 1,000,000 bytes, for a ConfigMap holds them',
    fix: 'take out of the Deployment what makes it so large, or follow the release with --follow',
  },
  'app-missing': {
    allowed: 'a cdk8s.yaml whose `app` is the command that runs the app',
    fix: 'run graylane in the folder of the app',
  },
  'app-failed': {
    says: '%',
    allowed: 'an app that runs',
    fix: 'correct what the app says above',
  },
  'app-silent': {
    says: '% reads no ledgers',
    allowed: 'an app that reads its ledgers',
    fix: "call Ledger.fromFolder(app, 'releases/...') before app.synth()",
  },
  'ledger-folder': { allowed: 'a folder of ledgers that the app reads', fix: 'name one of them with --ledger' },
  'ledger-frozen': {
    says: '% would be written',
    allowed: 'ledgers that are up to date',
    fix: 'run the command without --frozen, outside of CI, and commit what it writes',
  },
  'template-differs': {
    says: 'there is %',
    allowed: 'a declared template that changes nothing of the running one',
    fix: 'declare the running template first and record it, or record what runs: give what kubectl get deployment -o yaml prints to record --from',
  },
  'output-differs': {
    says: 'its content is not %',
    allowed: 'what the app writes at the stage of its ledgers',
    fix: 'run `cdk8s synth`, and commit the file',
  },
  'output-uncommitted': {
    says: 'it is part of %, and not committed',
    allowed: 'every file that the app writes in the repository',
    fix: 'run `cdk8s synth`, and commit the file',
  },
  'output-ignored': {
    says: 'it is part of %, and ignored by git',
    allowed: 'every file that the app writes in the repository',
    fix: 'take its folder out of .gitignore, as `graylane init` does, and commit the file',
  },
  'output-left-over': {
    says: 'it is committed, and no part of %',
    allowed: 'only what the app writes in the folders of its output',
    fix: 'delete it, or keep it in another folder',
  },
  'output-none': {
    says: 'the app writes %',
    allowed: 'an app that writes its manifests into files of the repository',
    fix: 'call app.synth(), with a folder of the repository as outdir',
  },
  'git-failed': {
    says: 'git says: %',
    allowed: 'a revision of the repository of this folder',
    fix: 'correct the revision, or fetch it',
  },
} as const;

export const problem = problemsOf({ ...core, ...kruise, ...ledger, ...errorCodes });
