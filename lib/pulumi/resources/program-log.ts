import { log, type Output, output, type Resource, runtime } from '@pulumi/pulumi';

/** What `check` tells of the next update; a preview gives inputs back as outputs. */
interface Planned {
  readonly __plan: Output<readonly string[] | undefined>;
  readonly __warnings?: Output<readonly string[] | undefined>;
}
interface Position {
  readonly stage: Output<string>;
  readonly message: Output<string>;
}

/** Pulumi's plain preview shows names of changed properties only: the plan is told in words. */
export function logPlan(resource: Resource): void {
  if (!runtime.isDryRun()) return;
  const { __plan: plan, __warnings: warnings } = resource as Resource & Planned;
  plan.apply((lines) => (lines && lines.length > 0 ? log.info(lines.join('\n'), resource) : undefined));
  // In an update the engine itself tells them, when the release begins.
  warnings?.apply((lines) => Promise.all((lines ?? []).map((line) => log.warn(line, resource))));
}

/** In mid-release, where it stands and how to go on, whether or not this update did anything. */
export function logPosition(resource: Resource): void {
  const { stage, message } = resource as Resource & Position;
  output([stage, message] as const).apply(([at, words]) =>
    words && at !== 'stable' ? log.info(words, resource) : undefined,
  );
}
