import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EngineError, realWorld, type RealWorld } from '../../cluster';
import type { Terminal } from './terminal';

/** Options of every command that talks to a cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export function clusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'instead of KUBECONFIG or ~/.kube/config')
    .option('--context <name>', "another than the kubeconfig's current one")
    .option('-n, --namespace <name>', "for what is declared without one; by default the context's");
}

/**
 * @param command of ours, for the server's audit log
 * @param signal ends the waits for a server that is away
 * @param quiet whether calls that are made again are told by nobody here
 * @throws EngineError unreachable
 */
export async function openWorld(
  command: string,
  { kubeconfig, context, namespace }: ClusterOptions,
  { folder, err }: Terminal,
  { signal, quiet = false }: { readonly signal?: AbortSignal; readonly quiet?: boolean } = {},
): Promise<RealWorld> {
  const text = kubeconfig === undefined ? undefined : readConfig(resolve(folder, kubeconfig));
  const log = (line: string) => (quiet ? undefined : err.write(`  ${line}\n`));
  const world = await realWorld({ kubeconfig: text, context, command }, log, signal);
  return namespace === undefined ? world : { ...world, namespace };
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('unreachable', '--kubeconfig', (error as Error).message);
  }
}
