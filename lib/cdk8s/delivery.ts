import type { Wanted } from './props';

// Kruise's versions are written out: declarations that lead to its schema library do not compile with the default
// settings of cdk8s, which know no web types.

/**
 * Who carries a release out:
 * - `apply`: whatever applies the printed YAML, stage by stage.
 * - `argocd`: Argo CD, which applies a commit in waves: a commit goes from gate to gate, and stable is not paused.
 * - `kruise/v1beta1`, `kruise/v1alpha1`: the controller of OpenKruise Rollouts, by objects of that API version; the app
 *   itself is printed as it is.
 */
export type Delivery = (typeof DELIVERIES)[number];

const DELIVERIES = ['apply', 'argocd', 'kruise/v1alpha1', 'kruise/v1beta1'] as const;

/** The prop `delivery` of a construct. */
export const deliveryProp: Wanted = {
  is: (value) => DELIVERIES.some((known) => known === value),
  allowed: `one of ${DELIVERIES.join(', ')}`,
};

/** The version of Kruise's objects to print, if its controller carries the release out. */
export function kruiseVersion(delivery: Delivery): 'v1alpha1' | 'v1beta1' | undefined {
  return delivery.startsWith('kruise/') ? (delivery.slice('kruise/'.length) as 'v1alpha1' | 'v1beta1') : undefined;
}
