/** The engine's log, by an engine that is nothing but its log. */
import { createRequire } from 'node:module';
import type { LogRequest } from '@pulumi/pulumi/proto/engine_pb';
import { expect, test, vi } from 'vitest';
import { engineLog } from '../../lib/pulumi/host/engine-log';

interface GrpcServer {
  addService(service: unknown, methods: object): void;
  bindAsync(address: string, credentials: unknown, bound: (error: Error | null, port: number) => void): void;
  forceShutdown(): void;
}

const grpc = createRequire(require.resolve('@pulumi/pulumi'))('@grpc/grpc-js') as {
  Server: new () => GrpcServer;
  ServerCredentials: { createInsecure(): unknown };
};
const load = createRequire(__filename);
const { EngineService } = load('@pulumi/pulumi/proto/engine_grpc_pb') as { EngineService: unknown };
const { Empty } = load('google-protobuf/google/protobuf/empty_pb') as { Empty: new () => unknown };

/** @param answers whether it lets go of whoever tells it something */
async function engine(answers = true): Promise<{ server: GrpcServer; address: string; lines: LogRequest.AsObject[] }> {
  const server = new grpc.Server();
  const lines: LogRequest.AsObject[] = [];
  server.addService(EngineService, {
    log: ({ request }: { request: LogRequest }, answer: (error: null, value: unknown) => void) => {
      lines.push(request.toObject());
      if (answers) answer(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, bound) => resolve(bound)),
  );
  return { server, address: `127.0.0.1:${port}`, lines };
}

test('lines arrive in order, with their resource, and passing ones as such', async () => {
  const { server, address, lines } = await engine();
  const { log, flushed, gone } = engineLog(['node', 'provider', address]);
  log({ text: 'rollout-a: step-1/canary', urn: 'urn:a' });
  log({ text: 'rollout-a: created Deployment', urn: 'urn:a', passing: true });
  log({ text: 'careful', warning: true });
  await flushed();
  expect(lines.map(({ message, urn, ephemeral, severity }) => [message, urn, ephemeral, severity])).toEqual([
    ['rollout-a: step-1/canary', 'urn:a', false, 1],
    ['rollout-a: created Deployment', 'urn:a', true, 1],
    ['careful', '', false, 2],
  ]);
  expect(gone.aborted).toBe(false);
  server.forceShutdown();
});

test('an engine that is gone is noticed, for an orphan must not go on; a line that nobody hears fails nothing', async () => {
  const { server, address } = await engine();
  const { log, flushed, gone } = engineLog(['node', 'provider', address]);
  // Also one that is gone before anything was said.
  server.forceShutdown();
  await vi.waitFor(() => expect(gone.aborted).toBe(true), 5000);
  expect(gone.reason).toMatchObject({ code: 'interrupted' });
  log({ text: 'last' });
  await flushed();
});

test('an engine that does not answer is not waited for: no method may hang', async () => {
  const { server, address, lines } = await engine(false);
  const { log, flushed } = engineLog(['node', 'provider', address]);
  log({ text: 'rollout-a: stable' });
  await flushed();
  expect(lines).toHaveLength(1);
  server.forceShutdown();
});

test('without an engine, lines go to stdout', async () => {
  const print = vi.spyOn(console, 'log').mockReturnValue();
  const { log, flushed } = engineLog(['node', 'provider']);
  log({ text: 'rollout-a: stable' });
  await flushed();
  expect(print).toHaveBeenCalledWith('rollout-a: stable');
  print.mockRestore();
});
