import { loses } from '../app/canary-policies';
import { labelsOf, type StringMap } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { checkOf } from './check';
import { isAmongAlike, keysIn, protecting, protectingAll, reaches, withoutNamespace } from './left-out';
import { podSelectors, withNamespace } from './pod-selectors';

/** What protects stable by a label that the release changes, such as a version, does not protect what comes after it. */
export const outdatedPolicy = checkOf({
  name: 'outdated-policy',
  about: 'a policy that selects stable pods by a label that only the new template changes',
  effect: 'the canary, and stable once it is promoted, would do, or be open to, what stable is kept from',
  objects: protecting,
  given: protectingAll,
  reaches,
  needs: ['stable'],
  findings: ({ stable, target, canaryLabels, workload: { namespace } }, _: object, object, neighbours) => {
    const [before, declared, canary] = [labelsOf(stable), labelsOf(target), canaryLabels].map((labels) =>
      withNamespace(labels, namespace),
    ) as [StringMap, StringMap, StringMap];
    const subjects = podSelectors(object, namespace).filter(({ subject }) => subject);
    const found = subjects.find(
      ({ selector }) =>
        matchesSelector(selector, before) &&
        !matchesSelector(selector, canary) &&
        !matchesSelector(selector, declared) &&
        !loses(selector, { declared, canary }),
    );
    if (found === undefined) return false;
    const isCovered = isAmongAlike(
      object,
      neighbours,
      namespace,
      ({ subject, selector }) => subject && matchesSelector(selector, canary) && !matchesSelector(selector, before),
    );
    if (isCovered) return false;
    const changed = keysIn(found.selector, Object.keys(before)).filter((key) => before[key] !== declared[key]);
    const how = changed.map((key) => `${key}: ${before[key]}, which the new revision has not`).join(', ');
    return {
      ...withoutNamespace(object),
      reason: `selects stable pods and not those of the new revision, in ${found.field}: it knows them by ${how}`,
      wayOut: `select by a label that both have, or add another ${object.kind} of the same content for the new revision`,
    };
  },
});
