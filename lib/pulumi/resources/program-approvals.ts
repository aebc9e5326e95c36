import { log, type Output, output, type Resource, runtime } from '@pulumi/pulumi';
import { approvalTexts, sentenceOf, unmatched } from '../../core';

type Named = Resource & { readonly name: Output<string> };

/** The rollouts of each program: one process may run several. */
const programs = new WeakMap<Resource, Named[]>();

/**
 * Tells of approvals for a rollout that the program does not have, once it has made all of them. It is no error: an
 * approval may be of another stack's, or of a rollout that is gone.
 */
export function tellUnmatched(rollout: Resource): void {
  const stack = runtime.getStackResource();
  // As it is: `Config` would complain of one that is kept as a secret.
  const texts = [process.env.GRAYLANE_APPROVE, runtime.getConfig('graylane:approve')];
  const given = texts.flatMap(approvalTexts);
  if (stack === undefined || given.length === 0) return;
  const others = programs.get(stack);
  const rollouts = [...(others ?? []), rollout as Named];
  programs.set(stack, rollouts);
  // The first one waits for all of them; Pulumi must not leave meanwhile.
  if (others === undefined) void tell(stack, given).finally(runtime.rpcKeepAlive());
}

async function tell(stack: Resource & { readonly outputs: Output<unknown> }, given: readonly string[]): Promise<void> {
  try {
    await settled(stack.outputs);
    const names = await settled(output(programs.get(stack)!.map(({ name }) => name)));
    const problems = names ? unmatched(given, names) : [];
    await Promise.all(problems.map((one) => log.warn(`${sentenceOf(one)}: ${one.allowed}`)));
  } catch {
    // A program that failed: Pulumi tells why.
  }
}

/** Its value, or undefined for one that is not known before the update; unlike `apply`, it comes then, too. */
function settled<T>(value: Output<T>): Promise<T | undefined> {
  return (value as unknown as { promise(): Promise<T | undefined> }).promise();
}
