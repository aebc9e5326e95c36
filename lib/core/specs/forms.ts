/**
 * A whole percentage such as `20%`. The type lets any number pass; which ones a field takes is checked where it is read.
 * A number becomes one as a template literal: `${share}%`, a string of unknown content as `text as Percentage`.
 */
export type Percentage = `${number}%`;

/** A number, or a percentage such as `20%` (Kubernetes IntOrString). */
export type IntOrPercent = number | Percentage;

/** Exactly one of the fields of `T`. */
export type OneOf<T> = {
  [K in keyof T]: Pick<T, K> & { readonly [Other in Exclude<keyof T, K>]?: never };
}[keyof T];
