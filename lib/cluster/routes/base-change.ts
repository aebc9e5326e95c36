import { isDeepStrictEqual } from 'node:util';
import { type Manifest, objectName } from '../../core';
import { EngineError } from '../port/failure';
import { FIELD_MANAGER, type FieldSet, isConflict, type Live, type ManagedFields, refOf } from '../port/port';
import { subtract, union } from '../port/field-set';
import { type Run, tellChange } from '../run/run';

/** On a base whose spec we have changed: who owned which of its fields before. */
const OURS = 'graylane.io/';
const KEPT = `${OURS}base`;

/**
 * R10: makes a base the way a gateway wants it, where the traffic system leaves no other place for a route. The gateway
 * itself keeps the former values; here the ownership of the fields is kept, and given back with them.
 * @param wanted the base as it is to be; equal to `plain` where no route needs it changed
 * @param plain the base without anything of ours
 * @param canaries Services that only routes of ours lead to
 * @returns whether it was changed
 * @throws EngineError base-changed, where somebody else has changed it in mid-release
 */
export async function changeBase(
  run: Run,
  live: Live,
  { wanted, plain }: { readonly wanted: Manifest; readonly plain: Manifest },
  canaries: readonly string[],
): Promise<boolean> {
  const kept = live.metadata.annotations?.[KEPT];
  const closing = isDeepStrictEqual(wanted.spec, plain.spec);
  if (kept === undefined && closing) return false;
  if (kept !== undefined && !isSpecOurs(live)) {
    if (!closing || canaries.some((canary) => mentions(live, canary))) throw changed(run, live);
    await forget(run, live);
    return false;
  }
  const owners = kept ?? JSON.stringify(specOwners(live));
  const written = await withFresh(run, live, (fresh) => write(run, fresh, wanted, owners));
  if (closing) await withFresh(run, written, (fresh) => giveBack(run, fresh, JSON.parse(owners) as ManagedFields[]));
  return written.metadata.resourceVersion !== live.metadata.resourceVersion || closing;
}

/** Gateways write the status of a base at any time: what they have changed is no conflict as long as the spec is the same. */
async function withFresh<T>({ engine }: Run, live: Live, write: (fresh: Live) => Promise<T>): Promise<T> {
  for (let fresh = live; ;) {
    try {
      return await write(fresh);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const now = await engine.api.get(refOf(live));
      const touched = now === undefined || !isDeepStrictEqual(now.spec, live.spec);
      if (touched || now.metadata.resourceVersion === fresh.metadata.resourceVersion) throw error;
      fresh = now;
    }
  }
}

/** Whoever has replaced what we wrote owns it now, and left nothing of ours in it: only our notes are still there. */
async function forget({ engine }: Run, live: Live): Promise<void> {
  const notes = Object.keys(live.metadata.annotations ?? {}).filter((key) => key.startsWith(OURS));
  const annotations = Object.fromEntries(notes.map((key) => [key, null]));
  await engine.api.patch(refOf(live), { metadata: { annotations } });
}

function mentions({ spec }: Live, service: string): boolean {
  return new RegExp(`"${service}["./]`).test(JSON.stringify(spec));
}

async function write(run: Run, live: Live, wanted: Manifest, owners: string): Promise<Live> {
  const annotations = { ...wanted.metadata.annotations, [KEPT]: owners };
  const same = isDeepStrictEqual(live.spec, wanted.spec) && isDeepStrictEqual(live.metadata.annotations, annotations);
  if (same) return live;
  run.signal.throwIfAborted();
  const written = await run.engine.api.update({
    ...live,
    metadata: { ...live.metadata, annotations },
    spec: wanted.spec,
  });
  tellChange(run, 'updated', refOf(live));
  return written;
}

/** The values are the former ones again; now their owners are, too. */
async function giveBack({ engine }: Run, live: Live, owners: readonly ManagedFields[]): Promise<void> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const rest = managedFields.flatMap((entry) => {
    if (!isOurUpdate(entry)) return [entry];
    const fieldsV1 = subtract(entry.fieldsV1 ?? {}, { 'f:spec': entry.fieldsV1?.['f:spec'] ?? {} });
    return fieldsV1 ? [{ ...entry, fieldsV1 }] : [];
  });
  const restored = owners.reduce<ManagedFields[]>((entries, owner) => {
    const i = entries.findIndex((entry) => isSameManager(entry, owner));
    if (i < 0) return [...entries, owner];
    const merged = { ...entries[i]!, fieldsV1: union(entries[i]!.fieldsV1 ?? {}, owner.fieldsV1 ?? {}) };
    return entries.map((entry, j) => (j === i ? merged : entry));
  }, rest);
  await engine.api.patch(refOf(live), {
    metadata: { resourceVersion, managedFields: restored, annotations: { [KEPT]: null } },
  });
}

/** Who owns fields of the spec, and which. */
function specOwners({ metadata }: Live): ManagedFields[] {
  return (metadata.managedFields ?? []).flatMap((entry) => {
    const spec = entry.fieldsV1?.['f:spec'];
    return spec === undefined || entry.subresource ? [] : [{ ...entry, fieldsV1: { 'f:spec': spec } }];
  });
}

/** What we have changed is ours until somebody else changes it. */
function isSpecOurs({ metadata }: Live): boolean {
  return (metadata.managedFields ?? []).some((entry) => isOurUpdate(entry) && ownsSpec(entry.fieldsV1));
}

function ownsSpec(fields: FieldSet | undefined): boolean {
  return fields?.['f:spec'] !== undefined;
}

function isOurUpdate({ manager, operation, subresource }: ManagedFields): boolean {
  return manager === FIELD_MANAGER && operation === 'Update' && !subresource;
}

function isSameManager(a: ManagedFields, b: ManagedFields): boolean {
  const same = (['manager', 'operation', 'apiVersion'] as const).every((field) => a[field] === b[field]);
  return same && (a.subresource ?? '') === (b.subresource ?? '');
}

function changed({ key }: Run, live: Live): EngineError {
  const managers = specOwners(live)
    .filter((entry) => !isOurUpdate(entry))
    .map(({ manager = 'somebody' }) => manager);
  const what = `${objectName(live)} was changed by ${[...new Set(managers)].join(', ') || 'somebody'} in mid-release`;
  return new EngineError('base-changed', key.name, what);
}
