import type { IConstruct } from 'constructs';
import { formatWarning, type Manifest, type Member, type Standing, warningsAround } from '../core';

/** Type of the metadata entries of a construct whose data are warnings in words. */
export const WARNING = 'graylane:warning';

/**
 * Annotates the construct of a rollout with what is wrong around its release while that has a canary, and tells it on
 * stderr; once, however often the app is validated.
 */
export function warnAround(
  { node }: IConstruct,
  member: Member,
  { stage, templates, facts }: Standing,
  objects: readonly Manifest[],
): void {
  if (stage.canary === 0) return;
  const known = new Set(node.metadata.flatMap(({ type, data }) => (type === WARNING ? [data as string] : [])));
  const told = warningsAround(member, templates, objects, facts).map(formatWarning);
  for (const words of told.filter((one) => !known.has(one))) {
    node.addMetadata(WARNING, words);
    process.stderr.write(`warning: ${node.path}: ${words}\n`);
  }
}
