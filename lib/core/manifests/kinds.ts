import { groupOf } from './manifest';

/** Groups that an API server has by itself. */
const BUILT_IN = /^([a-z]*|[a-z]+(\.authorization|\.apiserver)?\.k8s\.io)$/;

/** Whether a kind was added to Kubernetes by somebody. */
export function isCustom(apiVersion: string): boolean {
  return !BUILT_IN.test(groupOf(apiVersion));
}
