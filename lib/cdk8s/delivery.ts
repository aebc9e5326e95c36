import type { KruiseVersion } from '../kruise';

/**
 * Who carries a release out:
 * - `apply`: whatever applies the printed YAML, stage by stage.
 * - `argocd`: Argo CD, which applies a commit in waves: a commit goes from gate to gate, and stable is not paused.
 * - `kruise/v1beta1`, `kruise/v1alpha1`: the controller of OpenKruise Rollouts, by objects of that API version; the app
 *   itself is printed as it is.
 */
export type Delivery = 'apply' | 'argocd' | `kruise/${KruiseVersion}`;

/** The version of Kruise's objects to print, if its controller carries the release out. */
export function kruiseVersion(delivery: Delivery): KruiseVersion | undefined {
  return delivery.startsWith('kruise/') ? (delivery.slice('kruise/'.length) as KruiseVersion) : undefined;
}
