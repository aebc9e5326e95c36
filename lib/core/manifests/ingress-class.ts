import type { Manifest } from './manifest';

export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** The class of an Ingress, by either way of naming it. */
export function ingressClassOf({ metadata, spec }: Manifest): string | undefined {
  const { ingressClassName } = (spec ?? {}) as { readonly ingressClassName?: string };
  return ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
}
