import type { Command } from 'commander';
import { type RealWorld, readStatus, type RolloutStatus, type Status } from '../../cluster';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { interruptible } from '../terminal/interruption';
import { type OutputFormat, outputOption, printData } from '../terminal/output';
import { statusTree } from '../output/status-tree';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';

interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly output: OutputFormat;
}

/** Milliseconds between two looks of --watch. */
const LOOK = 1000;

const EXIT_CODES = `
Ends with 0 where no release is under way or all are being walked, with ${EXIT.waiting} where a gate waits, with
${EXIT.stuck} where a release has stopped before its gate, or a record cannot be read.`;

export function define(command: Command, terminal: Terminal): Action {
  outputOption(clusterOptions(command))
    .option('-A, --all-namespaces', 'everything that you may see')
    .option('-w, --watch', 'again and again, until ^C')
    .addHelpText('after', EXIT_CODES)
    .addHelpText(
      'after',
      examples([
        'graylane status',
        'graylane status -n shop --watch',
        "graylane status -o json | jq -r '.rollouts[].gate'",
      ]),
    );
  return async (options: StatusOptions) => {
    const world = await openWorld(options, terminal);
    if (options.watch) return interruptible((signal) => watch(world, options, terminal, signal));
    const status = await read(world, options);
    terminal.out.write(print(status, options.output, terminal));
    return exitCode(status);
  };
}

function read(world: RealWorld, { allNamespaces }: StatusOptions): Promise<Status> {
  return readStatus(world, allNamespaces ? undefined : world.namespace);
}

/** Draws over what it drew before in a terminal; elsewhere it prints what has changed. */
async function watch(
  world: RealWorld,
  options: StatusOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  let shown = '';
  for (;;) {
    const status = await read(world, options);
    const text = print(status, options.output, terminal);
    if (text !== shown) terminal.out.write(terminal.out.colour ? `\u001b[H\u001b[2J${text}` : text);
    shown = text;
    await world.clock.sleep(LOOK, signal);
    if (signal.aborted) return exitCode(status);
  }
}

function print(status: Status, format: OutputFormat, { out }: Terminal): string {
  return format === 'table' ? statusTree(status, out.colour) : printData(status, format);
}

function exitCode({ rollouts, damaged }: Status): ExitCode {
  if (damaged.length > 0) return EXIT.stuck;
  const some = (is: (rollout: RolloutStatus) => boolean) => rollouts.some(is);
  if (some(({ release, gate, running }) => release !== undefined && gate === undefined && !running)) return EXIT.stuck;
  return some(({ gate }) => gate !== undefined) ? EXIT.waiting : EXIT.done;
}
