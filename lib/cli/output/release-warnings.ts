import { warningsAround } from '../../core';
import type { Input } from '../input/input';
import type { ReleaseWarning } from '../terminal/warnings';

/** What is wrong around the releases of the chosen rollouts, as far as the input tells. */
export function releaseWarnings({ topology, releases }: Input): ReleaseWarning[] {
  return [...releases].flatMap(([member, templates]) =>
    warningsAround(member, templates, topology.objects).map((warning) => ({ rollout: member.spec.name, ...warning })),
  );
}
