import { answerWords } from '../../core';
import type { LaneStatus, RolloutStatus, Status, WorkloadStatus } from '../../cluster';
import { BOLD, CYAN, DIM, GREEN, paint, RED, YELLOW } from '../terminal/progress';

/** A line with what stands below it. */
interface Node {
  readonly text: string;
  readonly below: readonly Node[];
}

/** Lane, rollouts, workloads and pods as a tree, with what is waited for. */
export function statusTree({ lanes, rollouts, damaged }: Status, colour: boolean): string {
  if (rollouts.length === 0 && damaged.length === 0) return 'no rollouts\n';
  const inLanes = lanes.map((lane) => laneNode(lane, rollouts, colour));
  const alone = rollouts.filter(({ lane }) => lane === undefined).map((rollout) => rolloutNode(rollout, colour));
  const lost = damaged.map(({ what }) => ({ text: paint(what, RED, colour), below: [] }));
  return [...inLanes, ...alone, ...lost].map((node) => `${node.text}\n${branches(node.below, '')}`).join('');
}

function laneNode({ name, namespace, holders }: LaneStatus, rollouts: readonly RolloutStatus[], colour: boolean): Node {
  const state = holders.length > 0 ? paint(`open, held by ${holders.map(bare).join(' and ')}`, CYAN, colour) : 'closed';
  return {
    text: `${paint(`lane ${namespace}/${name}`, BOLD, colour)}  ${state}`,
    below: rollouts.filter(({ lane }) => lane === name).map((rollout) => rolloutNode(rollout, colour)),
  };
}

function bare(holder: string): string {
  return holder.slice(holder.indexOf('/') + 1);
}

function rolloutNode(rollout: RolloutStatus, colour: boolean): Node {
  const { namespace, stable, canary, gone } = rollout;
  return {
    text: `${paint(`${namespace}/${rollout.rollout}`, BOLD, colour)}  ${stageWords(rollout, colour)}`,
    below: [
      ...jobNode(rollout, colour),
      ...waitsFor(rollout, colour),
      ...gone.map((what) => ({
        text: paint(`${what}; the next \`graylane up\` makes it anew`, RED, colour),
        below: [],
      })),
      ...(stable ? [workloadNode('stable', stable, colour)] : []),
      ...(canary ? [workloadNode('canary', canary, colour)] : []),
    ],
  };
}

function stageWords(rollout: RolloutStatus, colour: boolean): string {
  const { stage, release, gate, until, aborting, takenBack } = rollout;
  const back = takenBack ? `  ${paint(`${takenBack.revision} taken back: ${takenBack.because}`, RED, colour)}` : '';
  if (release === undefined) return `${paint('stable', GREEN, colour)}${back}`;
  const at = `release ${release}${aborting ? ', on its way back' : ''}: ${stage}`;
  if (until !== undefined) return `${at}  ${paint(`waits until ${until}`, YELLOW, colour)}`;
  if (gate !== undefined) return `${at}  ${paint(`waits for ${gate}`, YELLOW, colour)}`;
  return isInHand(rollout) ? `${at}${back}` : `${at}  ${paint('stopped; the next `graylane up` goes on', RED, colour)}`;
}

/** Whether a run is at it, or a Job that is about to be. */
export function isInHand({ running, job }: RolloutStatus): boolean {
  return running || (job !== undefined && job.state !== 'failed');
}

function jobNode({ job }: RolloutStatus, colour: boolean): Node[] {
  if (job === undefined) return [];
  const words = {
    begins: paint('begins', YELLOW, colour),
    runs: paint('goes on with it', CYAN, colour),
    failed: paint(`has failed: ${job.why ?? 'see its pods'}`, RED, colour),
  };
  return [{ text: `Job ${job.name}  ${words[job.state]}`, below: [] }];
}

/** What the stage waits for by itself; a gate is told beside the stage. */
function waitsFor({ conditions }: RolloutStatus, colour: boolean): Node[] {
  return conditions
    .filter(({ condition, is }) => is !== 'holds' && condition !== 'approval' && condition !== 'time-over')
    .map((answer) => ({ text: paint(`waits for ${answerWords(answer)}`, YELLOW, colour), below: [] }));
}

function workloadNode(
  role: string,
  { name, paused, wanted, ready, missing, pods }: WorkloadStatus,
  colour: boolean,
): Node {
  const ratio = `${ready}/${wanted} ready`;
  const count = paint(ratio, missing === undefined ? GREEN : YELLOW, colour);
  const more = missing === undefined || missing === ratio ? [] : [missing];
  const state = [count, ...(paused ? ['paused'] : []), ...more];
  return {
    text: `${role}  Deployment ${name}  ${state.join(', ')}`,
    below: pods.map((pod) => ({
      text:
        pod.reason === undefined
          ? `${paint('●', GREEN, colour)} ${pod.name}`
          : `${paint('○', RED, colour)} ${pod.name}  ${paint(pod.reason, DIM, colour)}`,
      below: [],
    })),
  };
}

function branches(nodes: readonly Node[], indent: string): string {
  return nodes
    .map(({ text, below }, i) => {
      const last = i === nodes.length - 1;
      return `${indent}${last ? '└─ ' : '├─ '}${text}\n${branches(below, `${indent}${last ? '   ' : '│  '}`)}`;
    })
    .join('');
}
