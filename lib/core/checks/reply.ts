import { isJsonObject } from '../manifests/json';
import type { Reply } from './question';

/** The JSON of a reply, or why there is none to read. */
export type Reading = { readonly json: unknown } | { readonly lacks: string };

/** What a reply of JSON says, if it came with a status of success. */
export function readJsonReply(reply: Reply): Reading {
  if (reply.is !== 'http') return { lacks: reply.is === 'none' ? reply.why : 'no reply' };
  const json = parsed(reply.body);
  if (reply.status !== 200) return { lacks: `status ${reply.status}${reasonOf(json)}` };
  return json === undefined ? { lacks: `no JSON: ${shortened(JSON.stringify(reply.body))}` } : { json };
}

/** Undefined for what is no JSON. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** For a message in a line. */
export function shortened(text: string, most = 80): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

/** Prometheus and its relatives say what was wrong under this name. */
function reasonOf(json: unknown): string {
  return isJsonObject(json) && typeof json.error === 'string' ? `: ${shortened(json.error, 200)}` : '';
}
