import type { IConstruct, Node } from 'constructs';
import {
  formatWarning,
  foundAround,
  holdsRoute,
  type Manifest,
  type Member,
  type Standing,
  warningsAround,
  warningsUnderWay,
} from '../core';

/** Type of the metadata entries of a construct whose data are warnings in words. */
export const WARNING = 'graylane:warning';

/**
 * Annotates the construct of a rollout with what is wrong around its release while that has a canary, and tells it on
 * stderr; once, however often the app is validated.
 * @throws GraylaneError canary-left-out, while nobody is sent to the canary yet: a release under way goes on;
 * stable-left-out, until the way back: what stable needs may not go before it is promoted
 */
export function warnAround(
  { node }: IConstruct,
  member: Member,
  { stage, templates, facts }: Standing,
  objects: readonly Manifest[],
): void {
  if (stage.canary === 0) return;
  const { phase } = stage.at;
  const begins = stage.at.phase === 'step' && stage.at.step === 1 && !holdsRoute(stage.route);
  const look = begins ? warningsAround : phase === 'abort' ? foundAround : warningsUnderWay;
  for (const warning of look(member, templates, objects, facts)) tellOnce(node, formatWarning(warning));
}

/**
 * The release went back, and the code still declares what it went back from.
 * @throws GraylaneError stable-left-out, where the code does not declare any more what stable needs
 */
export function warnAborted(
  { node }: IConstruct,
  member: Member,
  { templates }: Standing,
  objects: readonly Manifest[],
): void {
  warningsUnderWay(member, { ...templates, target: member.deployment.spec.template }, objects);
  tellOnce(node, "the last release went back from its template: stable's is printed until another one is declared");
}

function tellOnce(node: Node, words: string): void {
  if (node.metadata.some(({ type, data }) => type === WARNING && data === words)) return;
  node.addMetadata(WARNING, words);
  process.stderr.write(`warning: ${node.path}: ${words}\n`);
}
