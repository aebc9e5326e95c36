import type { Command } from 'commander';
import { formatStoryboard } from '../../core';
import { type Action, examples } from '../terminal/command';
import { writeOne } from '../input/files';
import { type InputOptions, inputOptions, readInput } from '../input/input';
import { type OutputFormat, outputOption, printData } from '../terminal/output';
import { drawStoryboards } from '../output/picture';
import { type PlannedRelease, planReleases, releaseWarnings, title } from '../output/planned';
import { EXIT, type Terminal } from '../terminal/terminal';
import { writeWarnings } from '../terminal/progress';

interface PlanOptions extends InputOptions {
  readonly output: OutputFormat;
  readonly picture?: string;
}

export function define(command: Command, terminal: Terminal): Action {
  outputOption(inputOptions(command))
    .option('--picture <file>', 'draw who serves which requests at each stage, as an SVG')
    .addHelpText(
      'after',
      examples([
        'graylane plan -f manifests/',
        'graylane plan -f manifests/ --stable running.yaml --picture release.svg',
        "graylane plan -f manifests/ --rollout rollout-a -o json | jq '.rollouts[0].stages[].stage'",
      ]),
    );
  return async ({ picture, output, ...options }: PlanOptions) => {
    const input = await readInput(options, terminal);
    const [planned, warnings] = [planReleases(input), releaseWarnings(input)];
    if (picture !== undefined) writeOne(picture, drawStoryboards(planned), terminal.folder);
    if (output === 'table') writeWarnings(warnings, terminal);
    terminal.out.write(output === 'table' ? tables(planned) : printData({ rollouts: planned, warnings }, output));
    return EXIT.done;
  };
}

function tables(planned: readonly PlannedRelease[]): string {
  return planned.map((release) => `${title(release)}\n\n${formatStoryboard(release.stages)}`).join('\n');
}
