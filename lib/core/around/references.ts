import { referencePaths, references } from '../manifests/references';
import { checkOf } from './check';

/** R13: what stable needs must not go before stable is promoted. */
export const keptReferences = checkOf({
  name: 'references',
  about: 'what stable refers to (a ConfigMap, Secret, claim, ServiceAccount) and the new revision does not',
  effect:
    "refused where the app declared it with stable, and does no longer; stable's pods need it whenever they start",
  needs: ['stable'],
  findings: ({ stable, target, dropped = [], workload: { namespace } }) => {
    const kept = references(target);
    const paths = [...referencePaths(stable)].filter(([reference]) => !kept.includes(reference));
    return paths.map(([reference, path]) => {
      if (dropped.includes(reference)) return droppedReference(reference, path);
      const [kind, name] = reference.split(' ') as [string, string];
      return {
        object: { kind, name, ...(namespace !== undefined && { namespace }) },
        reason: "is used by stable and no longer by the new revision: stable's pods need it whenever they start",
        wayOut: 'keep it until the release is over',
      };
    });
  },
});

/** The ledger knows that it was the app's: with GitOps nobody else keeps it. */
function droppedReference(reference: string, path: string) {
  return {
    refused: { code: 'stable-left-out', field: `spec.template.${path}` },
    reason: `has ${reference} in stable's template, and the app declares it no longer: stable's pods need it whenever they start`,
    wayOut: `declare ${reference} as it was, beside what the new revision uses, until stable is promoted; if it is not this app's any more, take it out of references.stable in the ledger`,
  } as const;
}
