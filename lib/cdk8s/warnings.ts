import type { IConstruct, Node } from 'constructs';
import {
  formatWarning,
  foundAround,
  holdsRoute,
  type Manifest,
  type Member,
  type Standing,
  warningsAround,
} from '../core';

/** Type of the metadata entries of a construct whose data are warnings in words. */
export const WARNING = 'graylane:warning';

/**
 * Annotates the construct of a rollout with what is wrong around its release while that has a canary, and tells it on
 * stderr; once, however often the app is validated.
 * @throws GraylaneError canary-left-out, while nobody is sent to the canary yet: a release under way goes on
 */
export function warnAround(
  { node }: IConstruct,
  member: Member,
  { stage, templates, facts }: Standing,
  objects: readonly Manifest[],
): void {
  if (stage.canary === 0) return;
  const begins = stage.at.phase === 'step' && stage.at.step === 1 && !holdsRoute(stage.route);
  const look = begins ? warningsAround : foundAround;
  for (const warning of look(member, templates, objects, facts)) tellOnce(node, formatWarning(warning));
}

/** The release went back, and the code still declares what it went back from. */
export function warnAborted({ node }: IConstruct): void {
  tellOnce(node, "the last release went back from its template: stable's is printed until another one is declared");
}

function tellOnce(node: Node, words: string): void {
  if (node.metadata.some(({ type, data }) => type === WARNING && data === words)) return;
  node.addMetadata(WARNING, words);
  process.stderr.write(`warning: ${node.path}: ${words}\n`);
}
