import type { Command } from 'commander';
import { formatStoryboard } from '../../core';
import { isApp } from '../input/cdk8s-app';
import { type Action, examples } from '../terminal/command';
import { writeOne } from '../input/files';
import { appOptions, type InputOptions, readAppReleases, readInput, type AppReleases } from '../input/input';
import { type OutputFormat, outputOption, printData } from '../terminal/output';
import { drawStoryboards } from '../output/picture';
import { type PlannedRelease, planReleases, releaseWarnings, title } from '../output/planned';
import { EXIT, type Terminal } from '../terminal/terminal';
import { type ReleaseWarning, writeWarnings } from '../terminal/progress';

interface PlanOptions extends Omit<InputOptions, 'file'> {
  readonly file?: readonly string[];
  readonly output: OutputFormat;
  readonly picture?: string;
}

const NO_INPUT = "error: required option '-f, --file <files...>' not specified, and there is no cdk8s.yaml here";

interface Plans {
  readonly planned: readonly PlannedRelease[];
  readonly warnings: readonly ReleaseWarning[];
}

export function define(command: Command, terminal: Terminal): Action {
  outputOption(appOptions(command))
    .option('--picture <file>', 'draw who serves which requests at each stage, as an SVG')
    .addHelpText(
      'after',
      examples([
        'graylane plan -f manifests/',
        'graylane plan --picture release.svg',
        'graylane plan -f manifests/ --stable running.yaml --picture release.svg',
        "graylane plan -f manifests/ --rollout rollout-a -o json | jq '.rollouts[0].stages[].stage'",
      ]),
    );
  return async ({ picture, output, ...options }: PlanOptions) => {
    if (options.file === undefined && !isApp(terminal.folder)) command.error(NO_INPUT, { exitCode: EXIT.usage });
    const { planned, warnings } = await planAll(options, terminal);
    if (picture !== undefined) writeOne(picture, drawStoryboards(planned), terminal.folder);
    if (output === 'table') writeWarnings(warnings, terminal);
    terminal.out.write(output === 'table' ? tables(planned) : printData({ rollouts: planned, warnings }, output));
    return EXIT.done;
  };
}

async function planAll(
  { file, ...options }: Omit<PlanOptions, 'output' | 'picture'>,
  terminal: Terminal,
): Promise<Plans> {
  if (file !== undefined) return planOf(await readInput({ file, ...options }, terminal));
  const plans = (await readAppReleases(options, terminal)).map(({ folder, ...releases }) => {
    const { planned, warnings } = planOf(releases);
    return { planned: planned.map((one) => ({ folder, ...one })), warnings };
  });
  return { planned: plans.flatMap(({ planned }) => planned), warnings: plans.flatMap(({ warnings }) => warnings) };
}

function planOf(releases: AppReleases): Plans {
  return { planned: planReleases(releases), warnings: releaseWarnings(releases) };
}

function tables(planned: readonly PlannedRelease[]): string {
  return planned.map((release) => `${title(release)}\n\n${formatStoryboard(release.stages)}`).join('\n');
}
