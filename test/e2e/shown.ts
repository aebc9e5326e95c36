/** What a command of Pulumi has printed. */
import { expect } from 'vitest';

/** What one command has shown and done. */
export interface Shown {
  readonly text: string;
  /** Operations by number of resources: same, create, update, replace, delete. */
  readonly changes: Readonly<Record<string, number | undefined>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const STAGE = String.raw`(?:step-\d+/\w+|promote/\w+|abort/\w+|stable|start)`;

/** Stages that an update went through, such as `rollout-a: start`; one line for each, whatever passed by. */
export function stagesIn({ text }: Shown): string[] {
  return matching(diagnosticsOf(text), new RegExp(`^(\\S+: ${STAGE})$`));
}

/** A preview and an update of the same program: the same changes, through the same stages, to the same end. */
export function expectAgreement(shown: Shown, done: Shown): void {
  expect(done.changes).toEqual(shown.changes);
  const lines = diagnosticsOf(shown.text);
  // Several rollouts go on side by side.
  expect(stagesIn(done).sort()).toEqual(matching(lines, new RegExp(`^(\\S+: ${STAGE}): `)).sort());
  const waiting = matching(lines, /^(\S+): then it waits at step-/);
  const waitingNow = matching(diagnosticsOf(done.text), /^(\S+) waits at step-/);
  expect(waitingNow).toEqual(expect.arrayContaining(waiting));
  for (const name of matching(lines, /^(\S+): then it is stable$/)) expect(waitingNow).not.toContain(name);
}

/** The part at the end that has all lines of each resource. */
function diagnosticsOf(text: string): string[] {
  const start = text.indexOf('Diagnostics:');
  return start < 0
    ? []
    : text
        .slice(start)
        .split('\n')
        .map((line) => line.trim());
}

function matching(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}
