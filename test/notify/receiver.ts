/** A real HTTP server on loopback that takes notifications, and says how it answers. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How many have gone without waiting for an answer. */
  readonly left: () => number;
  stop(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param answer to the request of this number, from 0; none: it never comes */
export async function receiver(
  answer: (n: number) => Answered | undefined = () => ({ status: 200 }),
): Promise<Receiver> {
  const received: Received[] = [];
  let left = 0;
  const server = createServer((request, response) => {
    let body = '';
    response.on('close', () => (left += response.writableFinished ? 0 : 1));
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const how = answer(received.length);
      received.push({ headers: request.headers, body });
      if (how) response.writeHead(how.status, how.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks/secret-path`,
    received,
    left: () => left,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
