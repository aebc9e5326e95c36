import { type Answer, notYet } from '../answer';
import type { CheckKinds, CheckSpec } from '../specs/check';
import { variablesOf } from '../specs/check-variables';
import { alerts } from './alerts';
import { command } from './command';
import { http } from './http';
import type { CheckAbout, CheckKind } from './kind';
import type { Question, Reply } from './question';
import { requests } from './requests';
import { isWithoutValue } from './variables';

/** Every way to ask, a file each. */
const kinds: { readonly [K in keyof CheckKinds]: CheckKind<CheckKinds[K]> } = { requests, http, command, alerts };

/** What has to be asked at this time (milliseconds since 1970). */
export function questionsOf(check: CheckSpec, about: CheckAbout, now: number): readonly Question[] {
  const { kind, terms } = kindOf(check);
  if (lacking(kind, terms, about).length > 0) return [];
  return kind.questions(terms, about, now).map((question) => ({ ...question, check: check.name }));
}

/**
 * What the check says, in words without its name.
 * @param reply the reply to each of its questions
 * @param now the time for which the questions were made, in milliseconds since 1970
 */
export function answerOf(
  check: CheckSpec,
  about: CheckAbout,
  reply: (question: Question) => Reply,
  now: number,
): Answer {
  const { kind, terms } = kindOf(check);
  const lacks = lacking(kind, terms, about);
  if (lacks.length > 0) return notYet(`there is no ${lacks.join(', ')}`);
  const played = questionsOf(check, about, now)
    .map(reply)
    .find((one) => one.is === 'played');
  if (played) return played.answer;
  return kind.answer(terms, about, (question) => reply({ ...question, check: check.name }), now);
}

/**
 * What it waits for, in words without its name.
 * @param about fills variables in, where it is known already
 */
export function checkWords(check: CheckSpec, about?: CheckAbout): string {
  const { kind, terms } = kindOf(check);
  return kind.words(terms, about);
}

/** All texts of a check in which variables are filled in, by the path of their field. */
export function textsOfCheck(check: CheckSpec): Readonly<Record<string, string>> {
  const { field, kind, terms } = kindOf(check);
  return Object.fromEntries(Object.entries(kind.texts(terms)).map(([path, text]) => [`${field}.${path}`, text]));
}

interface Asked {
  readonly field: string;
  readonly kind: CheckKind<unknown>;
  readonly terms: unknown;
}

function kindOf(check: CheckSpec): Asked {
  const field = (Object.keys(kinds) as (keyof CheckKinds)[]).find((name) => check[name] !== undefined)!;
  return { field, kind: kinds[field], terms: check[field] };
}

/** Variables that are used and have no value. */
function lacking(kind: CheckKind<unknown>, terms: unknown, about: CheckAbout): string[] {
  const used = Object.values(kind.texts(terms)).flatMap(variablesOf);
  return [...new Set(used)].filter((name) => isWithoutValue(name, about));
}
