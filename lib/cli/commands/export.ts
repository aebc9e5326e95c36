import type { Command } from 'commander';
import { GraylaneError, type Manifest } from '../../core';
import { problem } from '../errors';
import { type KruiseVersion, printRollout, printTrafficRouting } from '../../kruise';
import { type Action, examples } from '../terminal/command';
import { locating } from '../input/declarations';
import { kruiseVersionOf, printObject } from '../input/documents';
import { readDeclarations } from '../input/input';
import { EXIT, type Terminal } from '../terminal/terminal';

interface ExportOptions {
  readonly file: readonly string[];
  readonly api?: KruiseVersion;
}

export function define(command: Command, terminal: Terminal): Action {
  const api = command.createOption('--api <version>', 'print Rollouts in this version; without it, each in its own');
  command
    .requiredOption('-f, --file <files...>', 'YAML with Rollouts and TrafficRoutings: files, folders, or - for stdin')
    .addOption(api.choices(['v1alpha1', 'v1beta1']))
    .addHelpText(
      'after',
      `\nAn app with delivery: 'kruise/v1beta1' prints such YAML.\n${examples([
        'graylane export -f dist/ | kubectl apply -f -',
        'graylane export -f rollouts.yaml --api v1beta1 > rollouts-v1beta1.yaml',
      ])}`,
    );
  return async ({ file, api }: ExportOptions) => {
    const { lanes, rollouts } = await readDeclarations(file, terminal);
    const printed = [
      ...[...lanes].map(([lane, source]) => locating(source, () => printTrafficRouting(lane))),
      ...[...rollouts].map(([spec, source]) =>
        locating(source, () => printRollout(spec, api ?? kruiseVersionOf(source))),
      ),
    ];
    if (printed.length === 0) {
      throw new GraylaneError(problem('rollout-not-found', '--file', file, { allowed: 'YAML with Kruise objects' }));
    }
    terminal.out.write(printed.map((object: Manifest) => printObject(object)).join('---\n'));
    return EXIT.done;
  };
}
