import { createRequire } from 'node:module';
import type { LogRequest, LogSeverity } from '@pulumi/pulumi/proto/engine_pb';
import type { IEngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { EngineError } from '../../cluster';

/** A line in the terminal, beside the resource that it is about. */
export interface LogLine {
  readonly text: string;
  readonly urn?: string;
  /** Shown while it is news, and not kept. */
  readonly passing?: boolean;
  readonly warning?: boolean;
}

export interface EngineLog {
  readonly log: (line: LogLine) => void;
  /** Until everything that was logged has arrived. */
  readonly flushed: () => Promise<void>;
  /** Aborted when Pulumi is gone. */
  readonly gone: AbortSignal;
}

/** Milliseconds between two looks at whether Pulumi is still there. */
const LOOK = 500;
/** Milliseconds that a line is waited for: a method answers when all of its lines have arrived. */
const PATIENCE = 2000;

interface Channel {
  getConnectivityState(connect: boolean): number;
}
type Client = IEngineClient & { getChannel(): Channel };

/**
 * The log of the engine whose address Pulumi gives to the process of dynamic resources: `pulumi.log` is not connected
 * there. Without an engine, lines go to stdout.
 */
export function engineLog(argv: readonly string[]): EngineLog {
  const address = argv[2];
  if (address === undefined || !/:\d+$/.test(address)) return { ...onConsole, gone: new AbortController().signal };
  const proto = load('@pulumi/pulumi/proto/engine_grpc_pb') as { EngineClient: new (...args: unknown[]) => Client };
  const messages = load('@pulumi/pulumi/proto/engine_pb') as Messages;
  const grpc = createRequire(require.resolve('@pulumi/pulumi'))('@grpc/grpc-js') as Grpc;
  const client = new proto.EngineClient(address, grpc.credentials.createInsecure());
  let last: Promise<void> = Promise.resolve();
  const send = ({ text, urn = '', passing = false, warning }: LogLine) =>
    new Promise<void>((resolve) => {
      const request = new messages.LogRequest();
      request.setSeverity(messages.LogSeverity[warning ? 'WARNING' : 'INFO']);
      request.setMessage(text);
      request.setUrn(urn);
      request.setEphemeral(passing);
      // A line that does not arrive must not fail a release.
      client.log(request, new grpc.Metadata(), { deadline: Date.now() + PATIENCE }, () => resolve());
    });
  return {
    log: (line) => void (last = last.then(() => send(line))),
    flushed: () => last,
    gone: watch(client.getChannel(), grpc.connectivityState),
  };
}

interface Messages {
  readonly LogRequest: typeof LogRequest;
  readonly LogSeverity: typeof LogSeverity;
}

/** What is used of the gRPC library that Pulumi's own package brings along. */
interface Grpc {
  readonly credentials: { createInsecure(): unknown };
  readonly Metadata: new () => Parameters<IEngineClient['log']>[1];
  readonly connectivityState: { readonly TRANSIENT_FAILURE: number };
}

function load(name: string): unknown {
  return createRequire(__filename)(name);
}

const onConsole: Omit<EngineLog, 'gone'> = {
  log: ({ text }) => console.log(text),
  flushed: async () => {},
};

/**
 * A Pulumi that is killed does not take its providers along: an orphan would go on with the release, and hold its Lease
 * against the next update.
 */
function watch(channel: Channel, { TRANSIENT_FAILURE }: Grpc['connectivityState']): AbortSignal {
  const gone = new AbortController();
  const timer = setInterval(() => {
    // Its address was given by itself: it was there.
    if (channel.getConnectivityState(true) !== TRANSIENT_FAILURE) return;
    clearInterval(timer);
    gone.abort(new EngineError('interrupted', 'pulumi', 'Pulumi has ended'));
  }, LOOK).unref();
  return gone.signal;
}
