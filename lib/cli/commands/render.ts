import type { Command } from 'commander';
import { type Manifest, render, standingAt } from '../../core';
import { inApplyOrder } from '../output/apply-order';
import { type Action, examples } from '../terminal/command';
import { printObject } from '../input/documents';
import { type Input, type InputOptions, inputOptions, readInput } from '../input/input';
import { asWritten } from '../input/namespace';
import { refuseReleases, releaseWarnings } from '../output/planned';
import { EXIT, type Terminal } from '../terminal/terminal';
import { writeWarnings } from '../terminal/progress';

interface RenderOptions extends InputOptions {
  readonly stage: string;
}

export function define(command: Command, terminal: Terminal): Action {
  inputOptions(command)
    .requiredOption('--stage <id>', 'start, step-1, step-1/canary, promote/stable, stable, abort/unroute, ...')
    .addHelpText(
      'after',
      examples([
        'graylane render -f manifests/ --stage step-1 | kubectl apply -f -',
        'graylane render -f new.yaml routes.yaml --stable running.yaml --stage promote/stable',
        'kustomize build . | graylane render -f - --stage step-1 --gateway nginx --rollout rollout-a',
      ]),
    );
  return async (options: RenderOptions) => {
    const input = await readInput(options, terminal);
    const text = printStage(input, options.stage);
    if (options.stage === 'start' || options.stage === 'stable') refuseReleases(input);
    else writeWarnings(releaseWarnings(input), terminal);
    terminal.out.write(text);
    return EXIT.done;
  };
}

/**
 * The manifests of a stage as one YAML stream, in apply order. Kruise's objects are not among them; documents that no
 * stage changes are printed as they were written.
 */
function printStage({ declared, topology, releases }: Input, stage: string): string {
  const standings = new Map([...releases].map(([member, templates]) => [member, standingAt(member, stage, templates)]));
  const texts = new Map(declared.objects.map(({ object, text }) => [object, text]));
  const nameless = declared.objects.map(({ object }) => object).filter(({ metadata }) => metadata.name === undefined);
  const objects = inApplyOrder<Manifest>([...asWritten(declared, render(topology, standings)), ...nameless]);
  return objects.map((object) => texts.get(object) ?? printObject(object)).join('---\n');
}
