import { Server } from 'node:net';

/** By which Pulumi tells its providers of the first ^C. */
const CANCEL = '/pulumirpc.ResourceProvider/Cancel';

/**
 * Tells when Pulumi asks its providers to stop. Its process of dynamic resources, in which this runs, answers that call and
 * passes it on to nobody; so its server is found among what keeps the process alive, and listened to. Where it is not found,
 * an update under way goes on to its next gate, as any other resource does. (adr/0018-one-interrupt-stops-a-wait.md)
 */
export function onCancel(tell: () => void): void {
  const { _getActiveHandles: handles = () => [] } = process as {
    readonly _getActiveHandles?: () => readonly unknown[];
  };
  for (const server of handles().filter((handle) => handle instanceof Server)) {
    // Of an HTTP/2 server; others have no streams.
    server.on('stream', (_: unknown, headers: Readonly<Record<string, unknown>>) => {
      if (headers[':path'] === CANCEL) tell();
    });
  }
}
