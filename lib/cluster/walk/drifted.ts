import { containsJson, matchesSelector, objectName, sameJson } from '../../core';
import { templateDifferences } from '../objects/adopt';
import { ownersOf } from '../objects/ownership';
import { EngineError } from '../port/failure';
import type { LiveDeployment } from '../run/run';
import type { LiveRollout } from './facts';

/**
 * Whether stable runs what is declared although the ledger knows another template: somebody went there without us.
 * @throws EngineError stable-drifted, with who did it, where it is not what is declared
 */
export async function isDrifted({ api, key, record, deployment }: LiveRollout, live: LiveDeployment): Promise<boolean> {
  const known = { ...deployment, spec: { ...deployment.spec, template: record.ledger.templates.stable } };
  const { selector, template } = known.spec;
  // No API server takes another selector, nor a template that its selector does not find: a release refuses both.
  const fits = matchesSelector(selector, template.metadata?.labels ?? {});
  if (!fits && !sameJson(selector, live.spec.selector)) return false;
  // What a webhook would add to it now was changed by nobody.
  if (fits && containsJson(live.spec.template, known.spec.template)) return false;
  if (fits && (await templateDifferences(api, known, live)).length === 0) return false;
  const changes = await templateDifferences(api, deployment, live);
  if (changes.length === 0) return true;
  const who = ownersOf(live, ['f:spec', 'f:template']).join(', ') || 'somebody';
  const what = `${objectName(live)} runs another template than the ledger says (changed by ${who}), and the declared one differs from it in ${changes.join(', ')}`;
  throw new EngineError('stable-drifted', key.name, what);
}
