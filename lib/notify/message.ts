import { createHmac } from 'node:crypto';
import type { ReleaseEvent, StringMap } from '../core';
import type { Target } from './target';

/** One event on its way. */
export interface Message {
  /** Of the event: the same each time that it is sent. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cluster: string;
  readonly event: ReleaseEvent;
}

/** What is posted: in Slack's form the sentence alone. */
export function bodyOf({ at, cluster, event }: Message, { form }: Pick<Target, 'form'>): string {
  if (form === 'slack') return JSON.stringify({ text: escaped(event.message) });
  const { event: what, ...data } = event;
  return JSON.stringify({ type: `release.${what}`, timestamp: new Date(at).toISOString(), data: { cluster, ...data } });
}

/**
 * The headers of Standard Webhooks, which libraries of many languages check.
 * @param secret signs it: `whsec_` and base64, or any text
 * @param now milliseconds since 1970: when it is sent, so that nobody can send it again later
 */
export function headersOf(id: string, body: string, secret: string | undefined, now: number): StringMap {
  const timestamp = String(Math.floor(now / 1000));
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

const PREFIX = 'whsec_';

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}

/** What Slack takes for markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
