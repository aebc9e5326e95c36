import type { Command } from 'commander';
import {
  approvalTexts,
  type Declarations,
  isDeployment,
  refuse,
  type Revision,
  revisionOf,
  unmatched,
} from '../../core';
import { EngineError, type Outcome, type Progress, up, type UpRequest } from '../../cluster';
import { gateways } from '../../gateways';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { gatewayOption, type InputOptions, readDeclarations } from '../input/input';
import { toApply } from '../input/declarations';
import { interruptible } from '../terminal/interruption';
import { type OutputFormat, outputOption } from '../terminal/output';
import { outcomeLine, writeProgress } from '../terminal/progress';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';

/** What is asked of every rollout that the command is about. */
type Wishes = Pick<UpRequest, 'approve' | 'by' | 'to' | 'abort' | 'direct' | 'again' | 'hold' | 'adopt' | 'timeout'>;

interface UpOptions extends Pick<InputOptions, 'file' | 'rollout' | 'gateway'>, ClusterOptions, Wishes {
  readonly output: OutputFormat;
}

export function define(command: Command, terminal: Terminal): Action {
  const seconds = (text: string) => positive(command, text);
  const files = outputOption(clusterOptions(command))
    .requiredOption('-f, --file <files...>', 'manifests: files, folders, or - for stdin')
    .option('--rollout <name>', 'only this rollout; without it, all of them, one after the other');
  gatewayOption(files)
    .option('--approve <gate...>', 'pass a gate, as its message says; also from GRAYLANE_APPROVE')
    .option('--to <step>', 'go to this step instead of the next stage', seconds)
    .option('--abort', 'go back to stable')
    .option('--direct', 'go to the declared revision at once, without a canary; with --abort, back: for emergencies')
    .option('--again', 'release once more what a check has taken back')
    .option('--hold', 'go nowhere: only see to it that the stage is as it should be')
    .option('--adopt', 'take over a Deployment that exists; no pod restarts')
    .option('--timeout <seconds>', "longest wait; by default the Deployment's progressDeadlineSeconds, or 600", seconds)
    .addHelpText(
      'after',
      examples([
        'graylane up -f manifests/                                       to the next gate',
        'graylane up -f manifests/ --approve rollout-a#12-5f0c1e9ab3d2/step-1   past it',
        'graylane up -f manifests/ --rollout rollout-a --abort           back',
        'graylane up -f manifests/ -o json | jq \'select(.is == "waiting")\'',
      ]),
    );
  return async (options: UpOptions) => {
    const declarations = toApply(await readDeclarations(options.file, terminal, options.gateway));
    return interruptible((signal) => release(declarations, options, terminal, signal));
  };
}

/** One rollout after the other: a release that fails stops those behind it. */
async function release(
  declarations: Declarations,
  options: UpOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const world = await openWorld('up', options, terminal, signal);
  const tell = teller(options.output, terminal);
  const engine = { ...world, gateways, report: tell.progress, signal };
  const wishes = wishesOf(options, terminal);
  const rollouts = declarations.rollouts.map(({ name }) => name);
  refuse(unmatched(wishes.approve ?? [], rollouts));
  let code: ExitCode = EXIT.done;
  for (const rollout of chosen(declarations, options)) {
    const outcome = await up(engine, { ...wishes, declarations, rollout, namespace: world.namespace });
    tell.outcome(outcome);
    code = codeOf(outcome, declaredRevision(declarations, outcome)) ?? code;
  }
  return code;
}

/** A check is broken where it has taken back what is declared. */
function codeOf({ release, takenBack, stable }: Outcome, declared: Revision | undefined): ExitCode | undefined {
  if (takenBack !== undefined && takenBack.revision === declared && declared !== stable) return EXIT.broken;
  return release === undefined ? undefined : EXIT.waiting;
}

function declaredRevision({ rollouts, objects }: Declarations, { rollout }: Outcome): Revision | undefined {
  const workload = rollouts.find(({ name }) => name === rollout)?.workloadRef.name;
  const deployment = objects.filter(isDeployment).find(({ metadata }) => metadata.name === workload);
  return deployment && revisionOf(deployment.spec.template);
}

/** @throws EngineError rollout-unknown, where it has to be said which one is meant */
function chosen({ rollouts }: Declarations, { rollout, abort, direct, to, hold }: UpOptions): string[] {
  if (rollout !== undefined) return [rollout];
  const names = rollouts.map(({ name, namespace }) => (namespace === undefined ? name : `${namespace}/${name}`));
  if (names.length > 1 && (abort || direct || hold || to !== undefined)) {
    throw new EngineError('rollout-unknown', '--rollout', `nothing given, of ${names.join(', ')}`);
  }
  return names;
}

function wishesOf(
  { approve = [], to, abort, direct, again, hold, adopt, timeout }: UpOptions,
  { env }: Terminal,
): Wishes {
  const approvals = [...approve, ...approvalTexts(env.GRAYLANE_APPROVE)];
  return { approve: approvals, to, abort, direct, again, hold, adopt, timeout, by: env.USER };
}

/** Lines for people, warnings on stderr, or one JSON object or YAML document per event, the outcome among them. */
function teller(format: OutputFormat, terminal: Terminal) {
  const { out } = terminal;
  if (format === 'table') {
    return {
      progress: (progress: Progress) => writeProgress(progress, terminal),
      outcome: (outcome: Outcome) => out.write(outcomeLine(outcome)),
    };
  }
  const event = (data: object) => out.write(`${format === 'yaml' ? '--- ' : ''}${JSON.stringify(data)}\n`);
  return { progress: event, outcome: (outcome: Outcome) => event({ is: 'outcome', ...outcome }) };
}

function positive(command: Command, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    command.error(`error: "${text}" is no whole number from 1`, { exitCode: 2 });
  return number;
}
