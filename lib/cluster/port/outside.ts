import type { Question, Reply } from '../../core';

/** Who is asked outside of the cluster: addresses and programs. */
export interface Outside {
  /**
   * What came of it. That there is no reply is one too, with its reason: only the signal makes it throw.
   * @throws the signal's reason
   */
  ask(question: Question, signal: AbortSignal): Promise<Reply>;
}
