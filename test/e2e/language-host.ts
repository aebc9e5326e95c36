/**
 * What stands for Pulumi's language host of Node, which cannot be had here: the program that `pulumi` starts as
 * `pulumi-language-nodejs`. It starts a user's program as the real one does, by `@pulumi/pulumi/cmd/run`, and knows nothing
 * else: no plugins are asked for, so all of them come from the PATH.
 *
 * From the protocol, language.proto of @pulumi/pulumi 3.248.0, and what `cmd/run` there reads.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ProgramInfo, RunRequest } from '@pulumi/pulumi/proto/language_pb';

/** By which `cmd/run` says that the user has been told everything already. */
const TOLD = 32;

type Answer = (error: Error | null, value?: unknown) => void;
type Call<Request> = (call: { readonly request: Request }, answer: Answer) => void;

interface Grpc {
  readonly Server: new () => {
    addService(service: unknown, methods: Readonly<Record<string, Call<never>>>): void;
    bindAsync(address: string, credentials: unknown, bound: (error: Error | null, port: number) => void): void;
  };
  readonly ServerCredentials: { createInsecure(): unknown };
}

interface RunResponse {
  setError(text: string): void;
  setBail(bail: boolean): void;
}

const load = createRequire(require.resolve('@pulumi/pulumi'));
const grpc = load('@grpc/grpc-js') as Grpc;
const { LanguageRuntimeService } = load('./proto/language_grpc_pb') as { LanguageRuntimeService: unknown };
const messages = load('./proto/language_pb') as {
  RunResponse: new () => RunResponse;
  LanguageHandshakeResponse: new () => unknown;
  GetRequiredPackagesResponse: new () => unknown;
};
const { PluginInfo } = load('./proto/plugin_pb') as { PluginInfo: new () => unknown };
const { Empty } = load('google-protobuf/google/protobuf/empty_pb') as { Empty: new () => unknown };

serve(process.argv.at(-1)!);

function serve(engine: string): void {
  const server = new grpc.Server();
  server.addService(LanguageRuntimeService, {
    handshake: (_, answer) => answer(null, new messages.LanguageHandshakeResponse()),
    getPluginInfo: (_, answer) => answer(null, new PluginInfo()),
    getRequiredPackages: (_, answer) => answer(null, new messages.GetRequiredPackagesResponse()),
    cancel: (_, answer) => answer(null, new Empty()),
    run: ({ request }, answer) => run(request, engine, answer),
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    // By this line the engine learns where we are.
    console.log(port);
  });
  endWith(process.ppid);
}

/** An engine that is killed takes nobody along. */
function endWith(parent: number): void {
  setInterval(() => {
    if (process.ppid !== parent) process.exit();
  }, 1000);
}

function run(request: RunRequest, engine: string, answer: Answer): void {
  const info = request.getInfo()!;
  const folder = info.getProgramDirectory();
  const program = createRequire(join(folder, 'index.js')).resolve('@pulumi/pulumi/cmd/run');
  const child = spawn(process.execPath, [program, ...flags(request, engine), info.getEntryPoint()], {
    cwd: folder,
    env: { ...process.env, ...environment(request, info) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child.on('error', (error) => answer(error));
  child.on('close', (code, signal) => {
    const response = new messages.RunResponse();
    if (code === TOLD) response.setBail(true);
    else if (code !== 0) response.setError(`Program exited with ${signal ?? `code ${code}`}`);
    answer(null, response);
  });
}

function flags(request: RunRequest, engine: string): string[] {
  const given = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    'root-directory': request.getInfo()!.getRootDirectory(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: request.getParallel(),
  };
  const named = Object.entries(given).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : []));
  return request.getDryrun() ? [...named, '--dry-run'] : named;
}

function environment(request: RunRequest, info: ProgramInfo): Record<string, string> {
  const { typescript } = (info.getOptions()?.toJavaScript() ?? {}) as { typescript?: boolean };
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript !== false),
  };
}
