import {
  type Checked,
  formatLedger,
  GraylaneError,
  type Ledger,
  parseLedger,
  type Plan,
  type Revision,
  ROLLOUT_LABEL,
  shorten,
} from '../../core';
import { EngineError, failureCodes } from '../port/failure';
import { kinds } from '../port/kinds';
import { storedLabels } from '../port/looking-ahead';
import type { Api, Live, Ref } from '../port/port';
import { factsSchema, readStored } from './stored';

/** What is stored of a rollout in the cluster, in one ConfigMap. */
export interface RolloutRecord {
  readonly ledger: Ledger;
  readonly facts: RolloutFacts;
  /** Of the ConfigMap; undefined while it is not stored. */
  readonly resourceVersion?: string;
  /** Of the ConfigMap: another one in each life of the rollout, and in each cluster. */
  readonly uid?: string;
}

/** What the ledger does not say, and what somebody without the user's files needs to know. */
export interface RolloutFacts {
  readonly rollout: string;
  readonly workload: string;
  readonly lane?: { readonly name: string; readonly namespace: string };
  /** What decides the list of stages. */
  readonly plan: Plan;
  /** Whom its checks look at. @default - nobody: a record of an earlier version */
  readonly checked?: Checked;
  /** The revision at which stable was last seen rolled out. */
  readonly settled?: Revision;
  /** The most replicas that stable had in the release under way. */
  readonly mostOfStable?: number;
  /** Digest of what the last run declared. @default - it was one of an earlier version */
  readonly declared?: string;
  /** Stable did not exist before us: it goes with the rollout. */
  readonly created: boolean;
}

export interface RolloutKey {
  readonly name: string;
  readonly namespace: string;
}

/** Name of a rollout's ConfigMap and of its Lease. */
export function recordName(rollout: string): string {
  return `graylane-rollout-${rollout}`;
}

export async function readRecord(api: Api, key: RolloutKey): Promise<RolloutRecord | undefined> {
  const live = await api.get(refTo(key));
  return live && parseRecord(live);
}

/** A record that cannot be read: it is told, and stops nothing but its own rollout. */
export interface DamagedRecord {
  /** Of the ConfigMap. */
  readonly name: string;
  readonly namespace: string;
  readonly what: string;
}

/** All rollouts of a namespace, or of all. */
export async function listRecords(
  api: Api,
  namespace?: string,
): Promise<{ readonly records: readonly (RolloutRecord & RolloutKey)[]; readonly damaged: readonly DamagedRecord[] }> {
  const all = await api.list(kinds.configMap, { ...(namespace !== undefined && { namespace }), labels: storedLabels });
  const records: (RolloutRecord & RolloutKey)[] = [];
  const damaged: DamagedRecord[] = [];
  for (const { metadata, ...live } of all) {
    if (metadata.labels?.[ROLLOUT_LABEL] === undefined || !metadata.name.startsWith(recordName(''))) continue;
    const { namespace = '' } = metadata;
    try {
      const record = parseRecord({ ...live, metadata });
      records.push({ ...record, name: record.facts.rollout, namespace });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      damaged.push({ name: metadata.name, namespace, what: error.message });
    }
  }
  return { records, damaged };
}

/** Whether somebody has damaged what we stored. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof GraylaneError || (error instanceof EngineError && error.code === 'ledger-unreadable');
}

/** Stores the record; another's write in between is a conflict. */
export async function writeRecord(api: Api, key: RolloutKey, record: RolloutRecord): Promise<RolloutRecord> {
  const { ledger, facts, resourceVersion } = record;
  const object = {
    ...kinds.configMap,
    metadata: {
      name: recordName(key.name),
      namespace: key.namespace,
      labels: { ...storedLabels, [ROLLOUT_LABEL]: shorten(key.name) },
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    data: { ledger: formatLedger(ledger), rollout: `${JSON.stringify(facts, null, 2)}\n` },
  };
  const live = resourceVersion === undefined ? await api.create(object) : await api.update(object);
  return { ledger, facts, ...storedAs(live) };
}

export function deleteRecord(api: Api, key: RolloutKey): Promise<void> {
  return api.delete(refTo(key));
}

/** @throws GraylaneError ledger-invalid, ledger-version; EngineError ledger-unreadable */
function parseRecord(live: Live): RolloutRecord {
  const { ledger = '', rollout = '' } = (live.data ?? {}) as { ledger?: string; rollout?: string };
  const at = `ConfigMap ${live.metadata.namespace}/${live.metadata.name}`;
  return {
    ledger: readLedger(ledger, `${at}: data.ledger`, live.metadata.uid),
    // The schema has what is needed to find everything; the rest is as `checkRollout` passed it when it was stored.
    facts: readStored(factsSchema, rollout, `${at}: data.rollout`) as RolloutFacts,
    ...storedAs(live),
  };
}

/** Nobody has a history of what is in a cluster. */
function readLedger(text: string, at: string, seed: string): Ledger {
  try {
    return parseLedger(text, at, seed);
  } catch (error) {
    if (!(error instanceof GraylaneError)) throw error;
    const fix = failureCodes['ledger-unreadable'];
    throw new GraylaneError(error.problems.map((one) => (one.code === 'ledger-invalid' ? { ...one, fix } : one)));
  }
}

function storedAs({ metadata: { resourceVersion, uid } }: Live): Pick<RolloutRecord, 'resourceVersion' | 'uid'> {
  return { resourceVersion, uid };
}

function refTo({ name, namespace }: RolloutKey): Ref {
  return { ...kinds.configMap, name: recordName(name), namespace };
}
