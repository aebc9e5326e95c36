import { sameJson } from '../../core';
import { subtract } from '../port/field-set';
import {
  type Api,
  FIELD_MANAGER,
  type FieldSet,
  isConflict,
  type Live,
  type ManagedFields,
  type Ref,
  refOf,
} from '../port/port';

/** Its controller writes the status of a Deployment at any time, and with it the list of managers. */
const ATTEMPTS = 5;

/** The fields that we have applied. */
export function ourFields({ metadata }: Live): FieldSet | undefined {
  return metadata.managedFields?.find(isOurs)?.fieldsV1;
}

/** Whether we have applied it, whatever its labels say. */
export function isApplied(live: Live): boolean {
  return ourFields(live) !== undefined;
}

export function isPausedByUs(live: Live): boolean {
  return at(ourFields(live), ['f:spec', 'f:paused']) !== undefined;
}

/** Managers, apart from us, that own a field. */
export function ownersOf({ metadata }: Live, path: readonly string[]): string[] {
  const entries = (metadata.managedFields ?? []).filter((entry) => !isOurs(entry) && at(entry.fieldsV1, path));
  return [...new Set(entries.map(({ manager = 'unknown' }) => manager))];
}

/** `replicas` that the user no longer declares: we give them up, and their value stays (R9). */
export async function giveUpReplicas(api: Api, live: Live): Promise<Live> {
  if (!at(ourFields(live), ['f:spec', 'f:replicas'])) return live;
  const replicas: FieldSet = { 'f:spec': { 'f:replicas': {} } };
  return patchManagers(api, live, (entry) => (isOurs(entry) ? less(entry, replicas) : entry));
}

/**
 * Takes the fields that we write away from everybody who had them before, as kubectl does when it goes over to
 * server-side apply: what the user removes later would otherwise stay, owned by the former manager.
 */
export async function migrateOwners(api: Api, live: Live): Promise<Live> {
  const ours = ourFields(live) ?? {};
  return patchManagers(api, live, (entry) => (isOurs(entry) || entry.subresource ? entry : less(entry, ours)));
}

/** Leaves an object to whoever has it next: none of its fields is ours, and nothing says that it was; all values stay. */
export async function giveBack(api: Api, ref: Ref): Promise<void> {
  const live = await api.get(ref);
  if (live === undefined) return;
  const marks = Object.keys(live.metadata.annotations ?? {}).filter((key) => key.startsWith('graylane.io/'));
  const annotations = Object.fromEntries(marks.map((key) => [key, null]));
  const bare = marks.length > 0 ? await api.patch(ref, { metadata: { annotations } }) : live;
  await patchManagers(api, bare, (entry) => (entry.manager === FIELD_MANAGER ? undefined : entry));
}

function less(entry: ManagedFields, fields: FieldSet): ManagedFields | undefined {
  const fieldsV1 = subtract(entry.fieldsV1 ?? {}, fields);
  return fieldsV1 && { ...entry, fieldsV1 };
}

async function patchManagers(
  api: Api,
  live: Live,
  change: (entry: ManagedFields) => ManagedFields | undefined,
  attempts = ATTEMPTS,
): Promise<Live> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const changed = managedFields.map(change).filter((entry) => entry !== undefined);
  if (sameJson(changed, managedFields)) return live;
  try {
    return await api.patch(refOf(live), { metadata: { resourceVersion, managedFields: changed } });
  } catch (error) {
    if (!isConflict(error) || attempts === 1) throw error;
    const now = await api.get(refOf(live));
    return now ? patchManagers(api, now, change, attempts - 1) : live;
  }
}

function isOurs({ manager, operation, subresource }: ManagedFields): boolean {
  return manager === FIELD_MANAGER && operation === 'Apply' && !subresource;
}

function at(fields: FieldSet | undefined, path: readonly string[]): FieldSet | undefined {
  return path.reduce<FieldSet | undefined>((below, segment) => below?.[segment], fields);
}
