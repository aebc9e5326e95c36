import type { Command } from 'commander';
import { approvalTexts, type Declarations, mapAll, refuse, revisionOf, unmatched } from '../../core';
import {
  declaredWorkload,
  type Engine,
  EngineError,
  findRollout,
  type FollowRequest,
  type Outcome,
  up,
  type UpRequest,
} from '../../cluster';
import { gateways } from '../../gateways';
import { notifierFor } from '../../notify';
import { type ClusterOptions, clusterOptions, openWorld } from '../terminal/cluster-options';
import { type Action, examples } from '../terminal/command';
import { gatewayOption, type InputOptions, readDeclarations } from '../input/input';
import { type InputDeclarations, toApply } from '../input/declarations';
import { interruptible } from '../terminal/interruption';
import { type OutputFormat, outputOption } from '../terminal/output';
import { teller, type Teller } from '../terminal/teller';
import { detachedRelease, type DetachOptions, detachRelease } from './detached';
import { followAll } from './following';
import { EXIT, type ExitCode, type Terminal } from '../terminal/terminal';

/** What is asked of every rollout that the command is about. */
type Wishes = Pick<UpRequest, 'approve' | 'by' | 'to' | 'abort' | 'direct' | 'again' | 'hold' | 'adopt' | 'timeout'>;

interface UpOptions
  extends Pick<InputOptions, 'file' | 'rollout' | 'gateway'>, ClusterOptions, Omit<DetachOptions, 'timeout'>, Wishes {
  readonly output: OutputFormat;
  /** How far it walks on by itself. */
  readonly follow?: FollowRequest['until'];
  /** Digest of what it goes on with. */
  readonly declared?: string;
  readonly detach?: boolean;
  readonly notify?: readonly string[];
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
    .addOption(
      command
        .createOption('--follow [until]', 'stay, and walk on until a gate needs an approval, or past those too: end')
        .choices(['approval', 'end'])
        .preset('approval')
        .conflicts(['hold', 'direct']),
    )
    .addOption(command.createOption('--declared <digest>', 'of what --follow goes on with').hideHelp())
    .addOption(
      command
        .createOption('--detach', 'leave the walk to a Job in the cluster, which follows the release to its end')
        .conflicts(['follow', 'hold', 'direct']),
    )
    .option('--image <image>', 'of the Job; also from GRAYLANE_IMAGE')
    .option('--service-account <name>', 'of the Job; by default graylane')
    .option('--secret <name>', 'whose keys are environment variables of the Job')
    .option('--notify <url...>', 'tell these webhooks what happens; also from GRAYLANE_NOTIFY')
    .option('--adopt', 'take over a Deployment that exists; no pod restarts')
    .option('--timeout <seconds>', "longest wait; by default the Deployment's progressDeadlineSeconds, or 600", seconds)
    .addHelpText(
      'after',
      examples([
        'graylane up -f manifests/                                       to the next gate',
        'graylane up -f manifests/ --approve rollout-a#12-5f0c1e9ab3d2/step-1   past it',
        'graylane up -f manifests/ --rollout rollout-a --abort           back',
        'graylane up -f manifests/ --follow                              on through timed gates, until an approval is needed',
        'graylane up -f manifests/ --detach --image example.com/graylane:0.1.0   the same, by a Job in the cluster',
        'graylane up -f manifests/ -o json | jq \'select(.is == "waiting")\'',
      ]),
    );
  return async (options: UpOptions) => {
    refuseWithoutJob(command, options);
    const declared = await readDeclarations(options.file, terminal, options.gateway);
    return interruptible((signal) => release(declared, options, terminal, signal));
  };
}

/** One rollout after the other: a release that fails stops those behind it. */
async function release(
  declared: InputDeclarations,
  options: UpOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const declarations = toApply(declared);
  const { env, err } = terminal;
  const webhooks = { '--notify': options.notify?.join(' '), GRAYLANE_NOTIFY: env.GRAYLANE_NOTIFY };
  const notifierIn = notifierFor(webhooks, env.GRAYLANE_NOTIFY_SECRET);
  // Who stays tells of a server that is away himself, once.
  const world = await openWorld('up', options, terminal, { signal, quiet: options.follow !== undefined });
  const tell = teller(options.output, terminal);
  const warn = (what: string) => err.write(`warning: ${what}\n`);
  const { notify, drained } = notifierIn({ ...world, cluster: world.api.server, warn });
  const engine = { ...world, gateways, report: tell.progress, notify, signal };
  const wishes = wishesOf(options, terminal);
  const rollouts = declarations.rollouts.map(({ name }) => name);
  refuse(unmatched(wishes.approve ?? [], rollouts));
  const requests = chosen(declarations, options).map((rollout) => ({
    ...wishes,
    declarations,
    rollout,
    namespace: world.namespace,
  }));
  try {
    if (options.detach) return await detachAll(engine, requests, declared, options, { env, tell });
    const outcomes = await (options.follow
      ? followAll(engine, requests, options, tell)
      : upAll(engine, requests, tell));
    const codes = outcomes.map((outcome, i) => outcome && codeOf(outcome, requests[i]!));
    return [EXIT.broken, EXIT.waiting].find((code) => codes.includes(code)) ?? EXIT.done;
  } finally {
    await drained();
  }
}

/** What is wrong with one of them is told before anything is done. */
async function detachAll(
  engine: Engine,
  requests: readonly UpRequest[],
  declared: InputDeclarations,
  options: UpOptions,
  { env, tell }: Pick<Terminal, 'env'> & { readonly tell: Teller },
): Promise<ExitCode> {
  const image = options.image ?? env.GRAYLANE_IMAGE;
  for (const one of mapAll(requests, (request) => detachedRelease(request, declared, image))) {
    const { outcome, job } = await detachRelease(engine, one, options);
    if (job === undefined) tell.outcome(outcome);
    else tell.detached(outcome, job);
  }
  return EXIT.done;
}

async function upAll(engine: Engine, requests: readonly UpRequest[], tell: Teller): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const request of requests) {
    const outcome = await up(engine, request);
    tell.outcome(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** A check is broken where it has taken back what is declared. */
function codeOf({ release, takenBack }: Outcome, { declarations, namespace, rollout }: UpRequest): ExitCode {
  const declared = declaredWorkload(declarations, findRollout(declarations, namespace, rollout));
  if (takenBack && declared && takenBack.revision === revisionOf(declared.spec.template)) return EXIT.broken;
  return release === undefined ? EXIT.done : EXIT.waiting;
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

/** What is said of a Job has no effect without one. */
function refuseWithoutJob(command: Command, { detach, image, serviceAccount, secret }: UpOptions): void {
  const given = Object.entries({ '--image': image, '--service-account': serviceAccount, '--secret': secret });
  const [option] = given.find(([, value]) => value !== undefined) ?? [];
  if (!detach && option) command.error(`error: ${option} is of the Job that --detach makes`, { exitCode: 2 });
}

function positive(command: Command, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    command.error(`error: "${text}" is no whole number from 1`, { exitCode: 2 });
  return number;
}
