import { log, type Output, output, type Resource, runtime } from '@pulumi/pulumi';
import { approvalTexts, sentenceOf, unmatched, unmatchedAborts } from '../../core';

type Named = Resource & { readonly name: Output<string> };

/** The rollouts of each program: one process may run several. */
const programs = new WeakMap<Resource, Named[]>();

/**
 * Tells of approvals and aborts for a rollout that the program does not have, once it has made all of them. It is no error: an
 * approval may be of another stack's, or of a rollout that is gone.
 */
export function tellUnmatched(rollout: Resource): void {
  const stack = runtime.getStackResource();
  // As it is: `Config` would complain of one that is kept as a secret.
  const given = (variable: string, key: string) =>
    [process.env[variable], runtime.getConfig(key)].flatMap(approvalTexts);
  const approvals = given('GRAYLANE_APPROVE', 'graylane:approve');
  const aborts = given('GRAYLANE_ABORT', 'graylane:abort');
  if (stack === undefined || approvals.length + aborts.length === 0) return;
  const others = programs.get(stack);
  const rollouts = [...(others ?? []), rollout as Named];
  programs.set(stack, rollouts);
  // The first one waits for all of them; Pulumi must not leave meanwhile.
  if (others === undefined) void tell(stack, { approvals, aborts }).finally(runtime.rpcKeepAlive());
}

interface Given {
  readonly approvals: readonly string[];
  readonly aborts: readonly string[];
}

async function tell(stack: Resource & { readonly outputs: Output<unknown> }, given: Given): Promise<void> {
  try {
    await settled(stack.outputs);
    const names = await settled(output(programs.get(stack)!.map(({ name }) => name)));
    const problems = names ? [...unmatched(given.approvals, names), ...unmatchedAborts(given.aborts, names)] : [];
    await Promise.all(problems.map((one) => log.warn(`${sentenceOf(one)}: ${one.allowed}`)));
  } catch {
    // A program that failed: Pulumi tells why.
  }
}

/** Its value, or undefined for one that is not known before the update; unlike `apply`, it comes then, too. */
function settled<T>(value: Output<T>): Promise<T | undefined> {
  return (value as unknown as { promise(): Promise<T | undefined> }).promise();
}
