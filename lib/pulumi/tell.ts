import { log, type Output, output, type Resource, runtime } from '@pulumi/pulumi';

/** What `check` tells of the next update; a preview gives inputs back as outputs. */
interface Planned {
  readonly plan: Output<readonly string[] | undefined>;
}
interface Gated {
  readonly gate: Output<string | undefined>;
  readonly message: Output<string>;
}

/** Pulumi's plain preview shows names of changed properties only: the plan is told in words. */
export function tellPlan(resource: Resource): void {
  if (!runtime.isDryRun()) return;
  const { plan } = resource as Resource & Planned;
  plan.apply((lines) => (lines && lines.length > 0 ? log.info(lines.join('\n'), resource) : undefined));
}

/** At a gate, how to go on, whether or not this update did anything. */
export function tellGate(resource: Resource): void {
  const { gate, message } = resource as Resource & Gated;
  output([gate, message] as const).apply(([waits, words]) => (waits && words ? log.info(words, resource) : undefined));
}
