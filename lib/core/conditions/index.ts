import { approval } from './approval';
import { canaryGone } from './canary-gone';
import { checksHold } from './checks-hold';
import type { Condition, GateAbout } from './condition';
import { workloadReady } from './deployment-ready';
import { graceOver } from './grace-over';
import { routeTakenUp } from './route-taken-up';
import { stableCapacity } from './stable-capacity';
import { timeOver } from './time-over';

/** Everything that a stage can wait for. */
export const conditions = {
  'stable-ready': workloadReady('stable'),
  'canary-ready': workloadReady('canary'),
  'stable-capacity': stableCapacity,
  'route-taken-up': routeTakenUp,
  'grace-over': graceOver,
  'canary-gone': canaryGone,
  'time-over': timeOver,
  approval,
  'checks-hold': checksHold,
} as const satisfies Readonly<Record<string, Condition>>;

export type ConditionName = keyof typeof conditions;

/** What a gate waits for: any of these lets the release pass. */
export function gateConditions({ step, pause }: Pick<GateAbout, 'step' | 'pause'>): ('time-over' | 'approval')[] {
  return [
    ...(pause.duration === undefined ? [] : (['time-over'] as const)),
    ...(step === undefined ? [] : (['approval'] as const)),
  ];
}

/** Whether the gate is passed without anybody's approval, sooner or later. */
export function passesByItself(gate: Pick<GateAbout, 'step' | 'pause'>): boolean {
  return gateConditions(gate).some((name) => name !== 'approval');
}

/** Whether somebody, or its time, lets the release pass the gate, at this time (milliseconds since 1970). */
export function gateIsOpen(gate: GateAbout, now: number): boolean {
  const seen = { now, found: () => [] };
  return gateConditions(gate).some((name) => conditions[name].answer({ gate }, seen).is === 'holds');
}
