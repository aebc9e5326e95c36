import { type Engine, foreseenChanges, type Foresight, readRecord } from '../../cluster';
import {
  type Change,
  GraylaneError,
  objectName,
  type PodTemplate,
  references,
  revisionOf,
  type StoryboardRow,
} from '../../core';
import { adopted, IF_RETAINED, signOfPulumi } from './adoption';
import { requestOf } from './rollout-request';
import { type DeclaredRollout, isUnknown } from '../state';
import { engineFor, type ProviderHost } from '../host/provider-host';
import { messageOf } from '../lifecycle/error-messages';

type Declared = Parameters<typeof requestOf>[0];

/**
 * What an update does, a line for each stage; empty where it does nothing. Names of fields and no values (R16).
 * @throws EngineError adoption-needed
 */
export async function planOf(engine: Engine, declared: Declared, foresight: Foresight): Promise<string[]> {
  const { walk, record, outcome } = foresight;
  if (walk.length === 0) return [];
  if (record === undefined) return [await firstLine(engine, declared)];
  const direct = isDirect(foresight) ? [directLine(declared, foresight)] : [];
  if (walk.every(({ release }) => release === undefined)) return direct;
  const { gate } = outcome;
  const until = gate?.until === undefined ? '' : ` until ${gate.until}`;
  const end = gate ? `waits at step-${gate.step}${until}` : 'is stable';
  return [...direct, ...(await stageLines(engine, declared, foresight)), `${declared.name}: then it ${end}`];
}

/** Whether stable gets another template without a release: outside of one, or in its midst. */
function isDirect({ walk: [first], record }: Foresight): boolean {
  if (first === undefined || record === undefined) return false;
  const { release } = first;
  return release === undefined || revisionOf(release.templates.stable) !== record.ledger.stable;
}

function directLine(declared: Declared, { stable }: Foresight): string {
  const { name, workload } = declared;
  const deployment = `Deployment ${workload.metadata.name}`;
  if (stable === 'nothing') return makesLine(declared);
  if (stable === 'as-declared') return `${name}: ${deployment} runs the declared template already; no pod restarts`;
  return `${name}: ${deployment} goes to the declared template directly`;
}

function makesLine({ name, namespace, workload }: Declared): string {
  return `${name}: makes Deployment ${namespace}/${workload.metadata.name}`;
}

async function firstLine(engine: Engine, declared: Declared): Promise<string> {
  const live = await adopted(engine, declared);
  if (!live) return makesLine(declared);
  const adopts = `${declared.name}: adopts ${objectName(live)}; no pod restarts`;
  return signOfPulumi(live) === undefined ? adopts : `${adopts}, ${IF_RETAINED}`;
}

/** What the rollout refers to may be made by the same update: then the stages have to do. */
async function stageLines(engine: Engine, declared: Declared, foresight: Foresight): Promise<string[]> {
  const { name } = declared;
  const ids = foresight.walk.map(({ id }) => id);
  try {
    const rows = await foreseenChanges(engine, requestOf(declared), foresight);
    return rows.map((row) => `${name}: ${row.stage}: ${changesOf(row)}`);
  } catch (error) {
    // What is there may be changed by the same update, too.
    const why =
      error instanceof GraylaneError ? 'as the cluster is now, this is refused' : 'what they change is not known yet';
    return [`${name}: ${ids.join(', ')}`, `${name}: ${why}: ${messageOf(error)}`];
  }
}

function changesOf({ changes, waitsFor }: StoryboardRow): string {
  return changes.length > 0 ? changes.map(changeWords).join('; ') : `waits for ${waitsFor.join(', ')}`;
}

function changeWords({ verb, kind, name, facts }: Change): string {
  return `${verb} ${kind} ${name}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

/** What may happen, where inputs are not known before the update. */
export async function possibleOutcomes(
  host: ProviderHost,
  news: DeclaredRollout & { readonly name: string },
): Promise<string[]> {
  const { name, workload, kubeconfig, context } = news;
  // A workload that is unknown as a whole has no parts.
  const { metadata } = workload as Partial<DeclaredRollout['workload']>;
  const lost = [`${name}: not known before the update`];
  if (isUnknown([name, kubeconfig, context]) || !metadata?.name || isUnknown(metadata.namespace)) return lost;
  const engine = await engineFor(host, news);
  const record = await readRecord(engine.api, { name, namespace: metadata?.namespace ?? engine.namespace });
  if (record === undefined) return [`${name}: makes or adopts its Deployment`];
  const { release, releases } = record.ledger;
  const lines = release
    ? [`the template of release ${release.number}: goes on from ${release.stage}`, "stable's template: the way back"]
    : ["stable's template: nothing happens"];
  const other = `another template: ${release ? 'the way back, then ' : ''}release ${releases + 1}, to its first gate`;
  const kept = maybeReplaced(record.ledger.templates.stable, workload).map(
    (reference) =>
      `stable uses ${reference} until a release is over: keep it (retainOnDelete: true), if this update replaces it`,
  );
  return [...lost, ...[...lines, other, ...kept].map((line) => `${name}: ${line}`)];
}

/** What stable needs and the declared template does not name, where that one has names that only the update makes. */
function maybeReplaced(stable: PodTemplate, { spec }: Partial<DeclaredRollout['workload']>): string[] {
  const template = spec?.template;
  if (typeof template !== 'object') return [];
  const named = references(template);
  return named.some(isUnknown) ? references(stable).filter((reference) => !named.includes(reference)) : [];
}
