/** One way in which input can be wrong. Each folder lists its own, in a file `bad-inputs.ts`. */
export interface BadInput {
  readonly code: string;
  /** Subject and path of the field that the error must name, whole. */
  readonly path: string;
  /** What finds the mistake; it throws, or its promise is rejected. */
  readonly run: () => unknown;
}
