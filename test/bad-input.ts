/** One way in which input can be wrong. Each folder lists its own, in a file `bad-inputs.ts`. */
export interface BadInput {
  readonly code: string;
  /** Subject and path of the field that the error must name, whole. */
  readonly path: string;
  /** What finds the mistake; it throws, or its promise is rejected. */
  readonly run: () => unknown;
  /**
   * The same after what the error advises was done, that and nothing else: nothing more is refused. A list where the advice is
   * a choice. A text says why no other input shows it.
   */
  readonly fixed: (() => unknown) | readonly (() => unknown)[] | string;
}
