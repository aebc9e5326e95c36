import { Command, CommanderError } from 'commander';
import { version } from '../cluster/client/user-agent';
import { commands } from './registry';
import { EXIT, type ExitCode, type Terminal } from './terminal/terminal';

const EXIT_CODES = `
Exit codes:
  ${EXIT.done}   done
  ${EXIT.refused}   the input is wrong, or what was asked cannot be done
  ${EXIT.usage}   the command line is wrong
  ${EXIT.waiting}   a gate waits for an approval, or for its time
  ${EXIT.stuck}   a release did not get on before its deadline
  ${EXIT.broken}   a check is broken: the release went back, or is to go back
  ${EXIT.interrupted} interrupted; the next run goes on
  ${EXIT.bug}  an error of graylane's own`;

const EXAMPLES = `
Examples:
  $ graylane plan -f manifests/
  $ graylane render -f manifests/ --stage step-1
  $ graylane COMMAND --help`;

/** Runs one command line. Only the command that it names is loaded: help must come at once. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = rootCommand(terminal);
  try {
    for (const { name, summary, load } of commands) {
      const command = program.command(name).description(summary);
      if (name !== argv[0]) continue;
      const action = (await load()).define(command, terminal) as (...args: unknown[]) => Promise<ExitCode>;
      command.action(async (...args: unknown[]) => {
        code = await action(...args);
      });
    }
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { report } = await import('./terminal/report.js');
    return report(error, terminal);
  }
}

function rootCommand({ out, err }: Terminal): Command {
  const colour = ({ colour }: { colour: boolean }) => colour;
  return new Command('graylane')
    .description('End-to-end canary releases for Kubernetes')
    .version(version())
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: out.write,
      writeErr: err.write,
      getOutHasColors: () => colour(out),
      getErrHasColors: () => colour(err),
      outputError: (text, write) => write(text),
    })
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', EXAMPLES + '\n' + EXIT_CODES);
}
