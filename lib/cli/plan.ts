import type { Command } from 'commander';
import { formatStoryboard } from '../core';
import { type Action, examples } from './command';
import { writeOne } from './files';
import { type InputOptions, inputOptions, readInput } from './input';
import { type OutputFormat, outputOption, printData } from './output';
import { drawStoryboards } from './picture';
import { type PlannedRelease, planReleases, title } from './planned';
import { EXIT, type Terminal } from './terminal';

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
    const planned = planReleases(await readInput(options, terminal));
    if (picture !== undefined) writeOne(picture, drawStoryboards(planned), terminal.folder);
    terminal.out.write(output === 'table' ? tables(planned) : printData({ rollouts: planned }, output));
    return EXIT.done;
  };
}

function tables(planned: readonly PlannedRelease[]): string {
  return planned.map((release) => `${title(release)}\n\n${formatStoryboard(release.stages)}`).join('\n');
}
