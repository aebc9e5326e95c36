import type { Command } from 'commander';
import { stringify } from 'yaml';

export type OutputFormat = 'table' | 'yaml' | 'json';

export function outputOption(command: Command): Command {
  const option = command.createOption('-o, --output <format>', 'how to print it');
  return command.addOption(option.choices(['table', 'yaml', 'json']).default('table'));
}

/** Data for other programs. */
export function printData(data: unknown, format: 'yaml' | 'json'): string {
  return format === 'json' ? `${JSON.stringify(data, undefined, 2)}\n` : stringify(data, { lineWidth: 0 });
}
