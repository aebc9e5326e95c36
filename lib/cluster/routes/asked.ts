import type { Base, Manifest } from '../../core';
import { unlessForbidden } from '../objects/foreign';
import { type Live, type Ref, refName } from '../port/port';
import { type Run, tell } from '../run/run';

/**
 * What the gateways of these bases look at by name, as it is in the cluster. What may not be read is told, and is no reason to
 * stop.
 */
export async function askedFor(run: Run, bases: readonly Base[]): Promise<Live[]> {
  const found = new Map<string, Live | undefined>();
  for (const { gateway, object } of bases) await collect(run, object, gateway.asksFor ?? (() => []), found);
  return [...found.values()].filter((live) => live !== undefined);
}

async function collect(
  run: Run,
  object: Manifest,
  asksFor: (object: Manifest) => readonly Ref[],
  found: Map<string, Live | undefined>,
): Promise<void> {
  for (const ref of asksFor(object)) {
    const name = refName(ref);
    if (found.has(name)) continue;
    const live = await read(run, ref);
    found.set(name, live);
    if (live !== undefined) await collect(run, live, asksFor, found);
  }
}

async function read(run: Run, ref: Ref): Promise<Live | undefined> {
  let live: Live | undefined;
  const warnings = await unlessForbidden(async () => {
    live = await run.engine.api.get(ref);
    return [];
  });
  for (const what of warnings) tell(run, { is: 'warning', what });
  return live;
}
