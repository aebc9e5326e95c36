/** What is kept of a release of an earlier version: who made it, what was declared, and the cluster at each stage. */
import type { Declarations, Manifest } from '../../lib/core';

export interface Fixture {
  /** What the user applied himself. */
  readonly base: readonly Manifest[];
  /** What was declared before the release, and what the release is of. */
  readonly before: Declarations;
  readonly target: Declarations;
  readonly rollout: string;
  /** What passes all gates. */
  readonly approve: readonly string[];
  readonly stages: readonly FixtureStage[];
}

export interface FixtureStage {
  /** The stage that had settled. */
  readonly stage: string;
  /** The release was on its way back. */
  readonly aborting?: boolean;
  /** Objects that have changed since the stage before, by kind and name; null for one that is gone. */
  readonly changed: Readonly<Record<string, Manifest | null>>;
  /** The outputs that Pulumi kept, if it carried the release out. */
  readonly kept?: object;
}

/** The namespace in which the fixtures were made. */
export const NAMESPACE = 'test-1';

/** All objects at each stage. */
export function unfold({
  stages,
}: Pick<Fixture, 'stages'>): { readonly stage: FixtureStage; readonly objects: Manifest[] }[] {
  const standing = new Map<string, Manifest>();
  return stages.map((stage) => {
    for (const [key, object] of Object.entries(stage.changed)) {
      if (object === null) standing.delete(key);
      else standing.set(key, object);
    }
    return { stage, objects: [...standing.values()] };
  });
}
