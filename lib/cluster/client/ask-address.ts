import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type HttpQuestion, isJsonObject, type Reply, type StringMap } from '../../core';
import type { Connection, Exchange } from './connection';
import { userAgent } from './user-agent';

/** What a reply may hold: metrics of a release are well below. */
const MOST_BYTES = 32 * 1024 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A redirect is a reply like any other: headers go to nobody but who was named.
 * @throws an error that says why there is no reply
 */
export async function askAddress(
  question: HttpQuestion,
  connection: Pick<Connection, 'stream'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<Reply> {
  const headers = withSecrets(question.headers ?? {}, environment);
  const exchange = exchangeOf(question, headers);
  const service = SERVICE.exec(question.url);
  if (!service) return readReply(await send(question.url, exchange, signal));
  const [, namespace, name, path = '/'] = service;
  const proxied = { ...exchange, path: `/api/v1/namespaces/${namespace}/services/${name}/proxy${path}` };
  const reply = await readReply(await connection.stream(proxied, signal));
  const refusal = refusalOf(reply);
  return refusal === undefined ? reply : { is: 'none', why: refusal };
}

/** The namespace, `NAME:PORT` or `https:NAME:PORT`, and the path. */
const SERVICE = /^service:\/\/([^/]+)\/([^/]+)(\/.*)?$/;

function exchangeOf({ form }: HttpQuestion, headers: StringMap): Exchange {
  if (form === undefined) return { method: 'GET', path: '', headers };
  const body = new URLSearchParams(form).toString();
  return { method: 'POST', path: '', headers, body, contentType: 'application/x-www-form-urlencoded' };
}

/** @throws where the environment lacks what a header needs */
function withSecrets(headers: StringMap, environment: Environment): StringMap {
  const filled = Object.entries(headers).map(([name, value]) => {
    const secret = value.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
      const found = environment[variable];
      if (found === undefined) throw new Error(`the environment has no ${variable}, for the header ${name}`);
      return found;
    });
    return [name, secret];
  });
  return Object.fromEntries(filled) as StringMap;
}

function send(url: string, { method, body, contentType, headers }: Exchange, signal: AbortSignal) {
  const all = {
    accept: 'application/json, */*',
    'user-agent': userAgent('check'),
    ...headers,
    ...(contentType && { 'content-type': contentType }),
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    // No connection outlives its question: a process that is done must not wait for one.
    const sent = request(url, { method, headers: all, signal, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readReply(response: IncomingMessage): Promise<Extract<Reply, { is: 'http' }>> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) {
      response.destroy();
      throw new Error(`the reply is longer than ${MOST_BYTES / 1024 / 1024} MiB`);
    }
    parts.push(part);
  }
  return { is: 'http', status: response.statusCode!, body: Buffer.concat(parts).toString('utf8') };
}

/** What the API server says of a Service that it did not ask, or could not reach: nothing that the Service has said. */
function refusalOf({ status, body }: Extract<Reply, { is: 'http' }>): string | undefined {
  if (status < 400) return undefined;
  try {
    const said = JSON.parse(body) as unknown;
    const isStatus = isJsonObject(said) && said.kind === 'Status' && said.apiVersion === 'v1';
    return isStatus ? `${status} of the API server: ${String(said.message)}` : undefined;
  } catch {
    return undefined;
  }
}
