/** The first ^C, as Pulumi tells it the process of its dynamic resources. */
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onCancel } from '../../lib/pulumi/host/cancellation';

const load = createRequire(__filename);
const grpc = createRequire(require.resolve('@pulumi/pulumi'))('@grpc/grpc-js') as {
  Server: new () => {
    addService(service: unknown, methods: object): void;
    bindAsync(address: string, credentials: unknown, bound: (error: Error | null, port: number) => void): void;
    forceShutdown(): void;
  };
  ServerCredentials: { createInsecure(): unknown };
  credentials: { createInsecure(): unknown };
};
const { ResourceProviderService, ResourceProviderClient } = load('@pulumi/pulumi/proto/provider_grpc_pb') as {
  ResourceProviderService: unknown;
  ResourceProviderClient: new (address: string, credentials: unknown) => Client;
};
const { Empty } = load('google-protobuf/google/protobuf/empty_pb') as { Empty: new () => unknown };
type Call = (request: unknown, answered: (error: Error | null) => void) => void;
interface Client {
  readonly cancel: Call;
  readonly getPluginInfo: Call;
  close(): void;
}

let server: InstanceType<typeof grpc.Server>;
let client: Client;

beforeEach(async () => {
  server = new grpc.Server();
  const answer = (_: unknown, callback: (error: null, value: unknown) => void) => callback(null, new Empty());
  server.addService(ResourceProviderService, { cancel: answer, getPluginInfo: answer });
  const port = await new Promise<number>((resolve) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, bound) => resolve(bound)),
  );
  client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

const called = (name: 'cancel' | 'getPluginInfo') =>
  new Promise<Error | null>((resolve) => client[name](new Empty(), resolve));

test('is told, and Pulumi gets its answer all the same', async () => {
  const told = vi.fn();
  onCancel(told);
  expect(await called('cancel')).toBeNull();
  expect(told).toHaveBeenCalledOnce();
});

test('also on a connection that was there before', async () => {
  await called('getPluginInfo');
  const told = vi.fn();
  onCancel(told);
  await called('cancel');
  expect(told).toHaveBeenCalledOnce();
});

test('no other call is taken for it', async () => {
  const told = vi.fn();
  onCancel(told);
  await called('getPluginInfo');
  expect(told).not.toHaveBeenCalled();
});
