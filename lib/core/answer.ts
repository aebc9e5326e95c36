/** What a condition says when it is asked, with its evidence. */
export type Answer =
  | { readonly is: 'holds'; readonly evidence: string }
  /** Waiting may help. */
  | {
      readonly is: 'not-yet';
      readonly awaited: string;
      /** ISO 8601. */
      readonly since?: string;
      /** When it will hold by itself, ISO 8601. */
      readonly until?: string;
    }
  /** Waiting will not help. */
  | { readonly is: 'broken'; readonly why: string };

export function holds(evidence: string): Answer {
  return { is: 'holds', evidence };
}

/** @param since ISO 8601 */
export function notYet(awaited: string, since?: string): Answer {
  return { is: 'not-yet', awaited, ...(since !== undefined && { since }) };
}

export function broken(why: string): Answer {
  return { is: 'broken', why };
}

/** The answer in a line, for people. */
export function answerWords(answer: Answer): string {
  if (answer.is === 'holds') return answer.evidence;
  return answer.is === 'broken' ? answer.why : answer.awaited;
}
