import { answerOf, type CheckAbout, type CheckSpec, type Question, questionsOf, type Reply } from 'graylane';

/** 2026-11-28 at noon. */
export const NOON = Date.UTC(2026, 10, 28, 12);

export const about: CheckAbout = {
  namespace: 'shop',
  since: NOON,
  canary: { deployment: 'web-canary', service: 'web-canary' },
  stable: { deployment: 'web', service: 'web' },
  alike: true,
};

/** What a check makes of the same reply to all its questions. */
export function answerTo(check: CheckSpec, reply: Reply, now = NOON) {
  return answerOf(check, about, () => reply, now);
}

/** The only question of a check. */
export function questionOf(check: CheckSpec, now = NOON): Question {
  const questions = questionsOf(check, about, now);
  if (questions.length !== 1) throw new Error(`${questions.length} questions`);
  return questions[0]!;
}

export function http(status: number, body: unknown): Reply {
  return { is: 'http', status, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
