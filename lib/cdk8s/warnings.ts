import type { IConstruct } from 'constructs';
import {
  foundAround,
  holdsRoute,
  type Manifest,
  type Member,
  type Standing,
  type Warning,
  warningsAround,
  warningsUnderWay,
} from '../core';

/** Type of the metadata entries of a construct whose data are warnings in words. */
export const WARNING = 'graylane:warning';

/**
 * What is wrong around the release of a rollout, while that has a canary.
 * @throws GraylaneError canary-left-out, while nobody is sent to the canary yet: a release under way goes on;
 * stable-left-out, until the way back: what stable needs may not go before it is promoted
 */
export function warningsAt(
  member: Member,
  { stage, templates, facts }: Standing,
  objects: readonly Manifest[],
): Warning[] {
  const { phase } = stage.at;
  if (phase === 'start') {
    warningsUnderWay(member, { ...templates, target: member.deployment.spec.template }, objects, facts);
    return [];
  }
  if (stage.canary === 0) return [];
  const begins = phase === 'step' && stage.at.step === 1 && !holdsRoute(stage.route);
  const look = begins ? warningsAround : phase === 'abort' ? foundAround : warningsUnderWay;
  return look(member, templates, objects, facts);
}

/** Annotates the construct of a rollout, and tells it on stderr; once, however often the app is validated. */
export function tellOnce({ node }: IConstruct, words: string): void {
  if (node.metadata.some(({ type, data }) => type === WARNING && data === words)) return;
  node.addMetadata(WARNING, words);
  process.stderr.write(`warning: ${node.path}: ${words}\n`);
}
