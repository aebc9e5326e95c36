/** Where in a release a stage is. */
export type StagePosition =
  | { readonly phase: 'start' | 'stable' }
  /** `unroute`, before the others, where a route has to be closed before the canary can be made again. */
  | { readonly phase: 'step'; readonly step: number; readonly part: StepPart }
  | { readonly phase: 'promote' | 'abort'; readonly part: 'stable' | 'unroute' };

type StepPart = 'unroute' | 'canary' | 'warm' | 'route';

/** The position as text, for ledgers, messages and commands. */
export type StageId =
  'start' | `${StepName}/${StepPart}` | `promote/${'stable' | 'unroute'}` | 'stable' | `abort/${'stable' | 'unroute'}`;

/** A step as messages and commands call it. */
export type StepName = `step-${number}`;

/** How people name a stage: its id, or the step or phase whose last stage is meant. */
export type StageName = StageId | StepName | Exclude<StagePosition['phase'], 'step'>;

const FORM = /^(?:(start|stable)|step-([1-9]\d*)\/(unroute|canary|warm|route)|(promote|abort)\/(stable|unroute))$/;

export function formatStageId(at: StagePosition): StageId {
  if (at.phase === 'step') return `${stepName(at.step)}/${at.part}`;
  return 'part' in at ? `${at.phase}/${at.part}` : at.phase;
}

/** Undefined for a text that names no stage. */
export function parseStageId(text: string): StagePosition | undefined {
  const [, end, step, part, phase, what] = FORM.exec(text) ?? [];
  if (end !== undefined) return { phase: end as 'start' };
  if (step !== undefined) return { phase: 'step', step: Number(step), part: part as StepPart };
  return phase === undefined ? undefined : { phase: phase as 'abort', part: what as 'stable' };
}

/** A step by the name that messages and commands give it. */
export function stepName(step: number): StepName {
  return `step-${step}`;
}
