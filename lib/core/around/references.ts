import { references } from '../manifests/references';
import { checkOf } from './check';

/** R13: what stable needs must not go before stable is promoted. */
export const keptReferences = checkOf({
  name: 'references',
  about: 'a ConfigMap or Secret that stable uses and the new revision does not',
  effect: "stable's pods cannot start again once it is deleted",
  needs: ['stable'],
  findings: ({ stable, target, workload: { namespace } }) => {
    const kept = references(target);
    return references(stable)
      .filter((reference) => !kept.includes(reference))
      .map((reference) => {
        const [kind, name] = reference.split(' ') as [string, string];
        return {
          object: { kind, name, ...(namespace !== undefined && { namespace }) },
          reason: 'is used by stable and no longer by the new revision: without it stable pods could not start again',
          wayOut: 'keep it until the release is over',
        };
      });
  },
});
