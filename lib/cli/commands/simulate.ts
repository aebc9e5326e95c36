import { type Command, InvalidArgumentError } from 'commander';
import { bare, type Declarations, type Deployment, type Problem, refuse } from '../../core';
import type { PlayedAs } from '../../simulated';
import { problem } from '../errors';
import { type Action, examples } from '../terminal/command';
import { type Input, type InputOptions, inputOptions, readInput } from '../input/input';
import { toApply } from '../input/declarations';
import { LiveView } from '../output/live-view';
import { releaseWarnings } from '../output/planned';
import { outcomeLine, paint, RED, writeProgress } from '../terminal/progress';
import { type SimulationListener, type Failure, failures, play, type Simulation } from './simulation';
import { EXIT, type Terminal } from '../terminal/terminal';

interface SimulateOptions extends InputOptions {
  readonly fail?: Failure;
  readonly check?: Played;
  readonly speed: number;
}

/** How many seconds pass in one, where somebody watches. */
const SPEED = 5;
/** Tells the two revisions apart where the same template stands for both. */
const BEFORE = { 'graylane.io/simulated': 'before' };

export function define(command: Command, terminal: Terminal): Action {
  const told = Object.entries(failures).map(([name, what]) => `${name}: ${what}`);
  const fail = command.createOption('--fail <what>', told.join('; ')).choices(Object.keys(failures));
  inputOptions(command)
    .addOption(fail)
    .addOption(
      command
        .createOption('--check <name=finding...>', 'what a check finds: holds, not-yet, broken, or a share such as 5%')
        .argParser(readFinding),
    )
    .option('--speed <factor>', 'how many seconds pass in one, in a terminal', Number, SPEED)
    .addHelpText(
      'after',
      examples([
        'graylane simulate -f manifests/',
        'graylane simulate -f manifests/ --stable running.yaml --rollout rollout-a',
        'graylane simulate -f manifests/ --fail canary',
        'graylane simulate -f manifests/ --check errors=5%',
      ]),
    );
  return async ({ fail, speed, check: findings = {}, ...options }: SimulateOptions) => {
    const input = await readInput(options, terminal);
    // The cluster plays what ran before, too: what does not fit both is told as in a plan. The release itself tells its warnings.
    releaseWarnings(input);
    const simulation = { ...simulationOf(input), findings, ...(fail && { fail }) };
    refuse(unknownChecks(simulation.declarations, findings));
    const ended = await show(simulation, terminal, speed);
    return ended ? EXIT.done : EXIT.stuck;
  };
}

type Played = Readonly<Record<string, PlayedAs>>;

function readFinding(text: string, before: Played = {}): Played {
  const [, name, what = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const percent = /^\d+(?:\.\d+)?%$/.test(what) ? Number.parseFloat(what) : Infinity;
  const finding = ANSWERS.find((one) => one === what) ?? (percent > 100 ? undefined : { failing: percent / 100 });
  if (name === undefined || finding === undefined) {
    throw new InvalidArgumentError(`It is NAME=FINDING, with ${ANSWERS.join(', ')} or a share such as 5%.`);
  }
  return { ...before, [name]: finding };
}

const ANSWERS = ['holds', 'not-yet', 'broken'] as const;

/** A share is for those that count requests. */
export function unknownChecks({ rollouts }: Pick<Declarations, 'rollouts'>, findings: Played): Problem[] {
  const checks = rollouts.flatMap(({ checks = [], steps }) => [
    ...checks,
    ...steps.flatMap((step) => step.checks ?? []),
  ]);
  return Object.entries(findings).flatMap(([name, finding]) => {
    const fitting = checks.filter(({ requests }) => typeof finding === 'string' || requests !== undefined);
    if (fitting.some((check) => check.name === name)) return [];
    const allowed = [...new Set(fitting.map((check) => check.name))].join(', ') || 'none: no rollout has such a check';
    return [problem('check-unknown', '--check', name, { allowed })];
  });
}

type Streams = Pick<Terminal, 'out' | 'err'>;

/**
 * Plays a release: a live view in a terminal, with its warnings below, plain lines and no waiting elsewhere.
 * @returns as `play`
 */
export async function show(simulation: Simulation, { out, err }: Streams, speed = SPEED): Promise<boolean> {
  if (!out.colour) return play(simulation, audienceOf({ out, err }));
  const view = new LiveView(out);
  const warnings: string[] = [];
  const audience = audienceOf({
    out: { ...out, write: (line) => view.tell(line) },
    err: { ...err, write: (line) => void warnings.push(line) },
  });
  try {
    return await play(
      { ...simulation, speed },
      { ...audience, begin: (cluster, namespace) => view.begin(cluster, namespace) },
    );
  } finally {
    await view.end();
    warnings.forEach(err.write);
  }
}

function audienceOf({ out, err }: Streams): SimulationListener {
  return {
    progress: (progress) => writeProgress(progress, { out, err }),
    outcome: (outcome) => out.write(outcomeLine(outcome)),
    failed: ({ message }) => out.write(`${paint('failed:', RED, out.colour)} ${message}\n`),
  };
}

function simulationOf({ declared, releases }: Input): Simulation {
  const rollouts = [...releases.keys()].map(({ spec }) => spec);
  return {
    declarations: { ...toApply(declared), rollouts },
    before: [...releases].map(([{ deployment }, { stable, target }]) =>
      withTemplate(deployment, stable === target ? marked(stable) : stable),
    ),
  };
}

function withTemplate(deployment: Deployment, template: Deployment['spec']['template']): Deployment {
  return bare({ ...deployment, spec: { ...deployment.spec, template } }) as Deployment;
}

function marked(template: Deployment['spec']['template']): Deployment['spec']['template'] {
  const { metadata = {} } = template;
  return { ...template, metadata: { ...metadata, annotations: { ...metadata.annotations, ...BEFORE } } };
}
