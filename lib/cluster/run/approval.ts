import { EngineError } from '../port/failure';

/** Lets one release pass one gate: `rollout-a#12/step-1`, the one form for environment, configuration and commands. */
export interface GateApproval {
  readonly rollout: string;
  readonly release: number;
  readonly step: number;
}

/** @throws EngineError approval-invalid */
export function parseApproval(text: string): GateApproval {
  const [, rollout, release, step] = /^(.+)#(\d+)\/step-(\d+)$/.exec(text.trim()) ?? [];
  if (rollout === undefined) throw new EngineError('approval-invalid', 'approve', `"${text}"`);
  return { rollout, release: Number(release), step: Number(step) };
}

export function formatApproval({ rollout, release, step }: GateApproval): string {
  return `${rollout}#${release}/step-${step}`;
}
