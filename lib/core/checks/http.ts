import { query } from 'jsonpath-rfc9535';
import { type Answer, broken, holds, notYet } from '../answer';
import { sameJson } from '../manifests/json';
import type { HttpCheck, HttpExpectation } from '../specs/check';
import type { CheckAbout, CheckKind } from './kind';
import type { HttpQuestion, Reply } from './question';
import { parsed, shortened } from './reply';
import { fillIn } from './variables';

const TIMEOUT_SECONDS = 10;

export const http: CheckKind<HttpCheck> = {
  words: ({ url, expect }, about) => `${fillIn(url, about)} replies ${expectationWords(expect)}`,
  texts: ({ url }) => ({ url }),
  questions: (terms, about) => [questionOf(terms, about)],
  answer: (terms, about, reply) => {
    const question = questionOf(terms, about);
    return read(terms, question.url, reply(question));
  },
};

function questionOf({ url, headers, timeoutSeconds = TIMEOUT_SECONDS }: HttpCheck, about: CheckAbout): HttpQuestion {
  return { to: 'http', url: fillIn(url, about), ...(headers && { headers }), timeoutSeconds };
}

function read({ expect, broken: bad }: HttpCheck, url: string, reply: Reply): Answer {
  if (reply.is !== 'http') return notYet(`no reply from ${url}${reply.is === 'none' ? `: ${reply.why}` : ''}`);
  if (bad && fits(bad, reply)) return broken(replyWords(url, reply, bad));
  if (fits(expect, reply)) return holds(replyWords(url, reply, expect));
  return notYet(`${replyWords(url, reply, expect)}; awaited is ${expectationWords(expect)}`);
}

type HttpReply = Extract<Reply, { is: 'http' }>;

function fits({ status, json }: HttpExpectation, reply: HttpReply): boolean {
  if (status !== undefined && status !== reply.status) return false;
  if (json === undefined) return true;
  const selected = select(json.path, reply.body) ?? [];
  return selected.length > 0 && selected.every((value) => sameJson(value, json.equals));
}

/** Undefined where the body is no JSON. */
function select(path: string, body: string): unknown[] | undefined {
  const json = parsed(body);
  return json === undefined ? undefined : query(json as Parameters<typeof query>[0], path);
}

function expectationWords({ status, json }: HttpExpectation): string {
  return [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(json ? [`${json.path} = ${JSON.stringify(json.equals)}`] : []),
  ].join(', ');
}

/** The status, and what was selected where something was looked for. */
function replyWords(url: string, { status, body }: HttpReply, { json }: HttpExpectation): string {
  const told = `${url} replied status ${status}`;
  if (json === undefined) return told;
  const selected = select(json.path, body);
  if (selected === undefined) return `${told}, no JSON: ${shortened(JSON.stringify(body))}`;
  const values = selected.map((value) => JSON.stringify(value)).join(', ');
  return `${told}, ${json.path} ${selected.length === 0 ? 'selects nothing' : `= ${shortened(values)}`}`;
}
