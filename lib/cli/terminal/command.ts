import type { Command } from 'commander';
import type { ExitCode, Terminal } from './terminal';

/** What runs when the command line is read; its arguments are commander's: positional ones, then the options. */
export type Action = (...args: never[]) => Promise<ExitCode>;

/** A command, in a file of its own that is loaded when the command is used. */
export interface CommandModule {
  /** Adds options and examples to a command, and says what it does. */
  readonly define: (command: Command, terminal: Terminal) => Action;
}

export interface CommandEntry {
  readonly name: string;
  /** One line for `graylane --help`. */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Examples as they stand below a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
}
