import {
  aboutStage,
  answerWords,
  conditions,
  stagesFrom,
  defined,
  formatApproval,
  formatPlace,
  gateOf,
  knowsRevision,
  LANE_LABEL,
  type Ledger,
  pausedUntil,
  type Revision,
  ROLLOUT_LABEL,
  shorten,
  type Stage,
  type StageId,
  waitsAt,
  waitsFor,
} from '../../core';
import type { LedgerRollout } from '../input/cdk8s-app';
import { BOLD, CYAN, GREEN, paint, YELLOW } from '../terminal/progress';

/** Where a ledger stands, and what its next commit takes: `status -o json` prints these. */
export interface LedgerStatus {
  /** The folder of the ledger, as the app names it. */
  readonly folder: string;
  readonly name: string;
  readonly namespace?: string;
  readonly stable: Revision;
  /** `start` while no release is under way. */
  readonly stage: StageId;
  readonly release?: { readonly number: number; readonly target: Revision };
  /** What the code declares that the ledger does not know yet. */
  readonly declared?: 'new' | 'aborted';
  /** What must hold before the next commit, in words. */
  readonly waitsFor: readonly string[];
  /** A command that ends well where it holds. @default - none is needed, or nothing shows it */
  readonly check?: string;
  /** The approval that passes the gate at which the release waits. @default - it waits at none */
  readonly gate?: string;
  /** When that gate opens by itself, ISO 8601. */
  readonly until?: string;
  /** What moves the ledger on; run twice, it moves it once. @default - there is nothing to release */
  readonly next?: string;
}

/** A rollout of a folder that has to be named where the app has others. */
export interface LedgerAt {
  readonly folder: string;
  readonly onlyFolder: boolean;
  readonly rollout: LedgerRollout;
  readonly ledger: Ledger;
}

/** @param now milliseconds since 1970 */
export function ledgerStatus({ folder, onlyFolder, rollout, ledger }: LedgerAt, now: number): LedgerStatus {
  const { name, namespace } = rollout;
  const { release, stable } = ledger;
  const declared = declaredBeside(rollout, ledger);
  const next = (options: string) => `graylane advance ${options}${onlyFolder ? '' : ` --ledger ${folder}`}`;
  const heading = defined({ folder, name, namespace, stable, declared });
  if (release === undefined) {
    const begins = declared === 'new' ? { next: next(`${name} --from start`) } : {};
    return { ...heading, stage: 'start', waitsFor: [], ...begins };
  }
  const { number, id, target } = release;
  const names = { stable, target };
  const [stage, after] = stagesFrom(ledger, rollout.plan);
  const gate = gateAt(rollout, ledger, now);
  const approves = gate?.gate !== undefined && gate.until === undefined;
  return {
    ...heading,
    stage: stage.id,
    release: { number, target },
    ...defined({ ...gate, check: checkOf(rollout, stage) }),
    waitsFor: [...waitsFor(rollout.member, stage, after, names), ...(gate?.waitsFor ?? [])],
    next: next(
      approves ? `--approve ${gate.gate}` : `${name} --from ${formatPlace({ rollout: name, number, id }, stage.id)}`,
    ),
  };
}

/** A third revision in mid-release is new, too: the way back leads to it. */
function declaredBeside({ revision }: LedgerRollout, ledger: Ledger): LedgerStatus['declared'] {
  if (!knowsRevision(ledger, revision)) return 'new';
  const { aborted, release } = ledger;
  const takenBack = release?.abortedAt === undefined ? aborted : release.target;
  return revision === takenBack ? 'aborted' : undefined;
}

type GateWait = Pick<LedgerStatus, 'gate' | 'until' | 'waitsFor'>;

function gateAt({ name, plan }: LedgerRollout, ledger: Ledger, now: number): GateWait | undefined {
  const waits = waitsAt(ledger, plan);
  if (waits === undefined) return undefined;
  const release = ledger.release!;
  const approval = waits.step === undefined ? undefined : formatApproval(name, release, waits.step);
  const gate = { ...gateOf(waits, release), ...defined({ approval }) };
  const seen = { now, found: () => [] };
  const until = pausedUntil(ledger, plan);
  const condition = conditions[until === undefined ? 'approval' : 'time-over'];
  const waitsFor = [answerWords(condition.answer({ gate }, seen))];
  return defined({ gate: approval, waitsFor, until });
}

/** What shows that the stage has settled: Argo CD for all of it, kubectl for each object. */
function checkOf({ member, namespace, inWaves }: LedgerRollout, stage: Stage): string | undefined {
  if (inWaves) return 'argocd app wait APPLICATION --sync --health';
  const { routing, spec } = member;
  const { stable, canary } = aboutStage(member, stage, { stable: '', target: '' });
  const within = namespace === undefined ? '' : ` -n ${namespace}`;
  const lane = routing?.lane;
  const ours = lane ? `${LANE_LABEL}=${shorten(lane.name)}` : `${ROLLOUT_LABEL}=${shorten(spec.name)}`;
  const kinds = [...new Set(routing?.bases.map(({ object }) => object.kind.toLowerCase()))];
  const lines = stage.settled.flatMap((condition) => {
    if (condition === 'canary-ready') return [`kubectl rollout status deployment/${canary.name}${within}`];
    if (condition === 'stable-ready') return [`kubectl rollout status deployment/${stable.name}${within}`];
    return condition === 'route-taken-up' ? [`kubectl describe ${kinds.join()} -l ${ours}${within}`] : [];
  });
  return lines.length > 0 ? lines.join(' && ') : undefined;
}

/** The ledgers of an app, by folder, as people read them. */
export function ledgerTable(ledgers: readonly LedgerStatus[], colour: boolean): string {
  const folders = [...new Set(ledgers.map(({ folder }) => folder))];
  const texts = folders.map((folder) => {
    const own = ledgers.filter((one) => one.folder === folder);
    return `${folder}\n${own.map((one) => `  ${standingLine(one, colour)}${nextCommit(one, '    ')}`).join('')}`;
  });
  return texts.join('') || 'no rollouts\n';
}

function standingLine({ name, stage, release, stable, gate, until, declared }: LedgerStatus, colour: boolean): string {
  const heading = paint(name, BOLD, colour);
  if (release === undefined) {
    const what =
      declared === 'new' ? paint('a new template waits for its release', CYAN, colour) : paint('stable', GREEN, colour);
    return `${heading}  ${what}, stable is ${stable}\n`;
  }
  const waits = until === undefined ? gate : until;
  const state =
    waits === undefined ? '' : `  ${paint(`waits ${until === undefined ? 'for' : 'until'} ${waits}`, YELLOW, colour)}`;
  return `${heading}  release ${release.number} to ${release.target}: ${stage}${state}\n`;
}

/** What must hold before the next commit, what shows it, and what makes it. */
export function nextCommit({ waitsFor, check, next, declared, release }: LedgerStatus, indent = ''): string {
  const lines = [
    ...(waitsFor.length > 0 ? [`before the next commit: ${waitsFor.join('; ')}`] : []),
    ...(check === undefined ? [] : [`  $ ${check}`]),
    ...(declared === 'aborted' && release === undefined
      ? ['the code declares what the last release went back from: stable stays until another template is declared']
      : []),
    ...(declared === 'new' && release !== undefined
      ? ["the code declares a template that is neither stable's nor the target's: the next commit is on the way back"]
      : []),
    ...(next === undefined ? [] : [`next: npx ${next}`]),
  ];
  return lines.map((line) => `${indent}${line}\n`).join('');
}
