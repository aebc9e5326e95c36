import * as v from 'valibot';
import { type Manifest, objectName, readJson, sameJson, type Shape } from '../../core';
import { EngineError } from '../port/failure';
import { FIELD_MANAGER, type FieldSet, isConflict, type Live, type ManagedFields, refOf } from '../port/port';
import { subtract, union } from '../port/field-set';
import { type Run, tell, tellChange } from '../run/run';

/** On a base whose spec we have changed: who owned which of its fields before. */
const OURS = 'graylane.io/';
const KEPT = `${OURS}base`;

const ownersShape = v.array(
  v.looseObject({
    manager: v.optional(v.string()),
    operation: v.optional(v.string()),
    apiVersion: v.optional(v.string()),
    fieldsV1: v.looseObject({ 'f:spec': v.looseObject({}) }),
  }),
) as unknown as Shape<ManagedFields[]>;

/** A base, and what it is to become. */
export interface BaseChange {
  readonly live: Live;
  /** Equal to `plain` where no route needs it changed. */
  readonly wanted: Manifest;
  /** The base without anything of ours. */
  readonly plain: Manifest;
  /** Services that only routes of ours lead to. */
  readonly canaries: readonly string[];
}

/** Its gateway writes the status of a base at any time. */
const ATTEMPTS = 5;

/**
 * R10: makes a base the way a gateway wants it, where the traffic system leaves no other place for a route. The gateway
 * itself keeps the former values; here the ownership of the fields is kept, and given back with them.
 * @returns whether it was changed
 * @throws EngineError base-changed, where somebody else has changed it in mid-release and a route is to stay open there
 */
export async function changeBase(run: Run, change: BaseChange): Promise<boolean> {
  const { live, wanted, plain, canaries } = change;
  const kept = live.metadata.annotations?.[KEPT];
  const closing = sameJson(wanted.spec, plain.spec);
  if (kept === undefined && closing) return false;
  refuseChanged(run, change);
  // Whatever somebody has changed stays; only what is ours is taken out of it.
  if (isChanged(live) && !leadsTo(canaries, live)) {
    await forget(run, live);
    return false;
  }
  const owners = kept ?? JSON.stringify(specOwners(live));
  const written = await write(run, live, wanted, owners);
  if (closing) await giveBack(run, written, formerOwners(run, live, owners));
  return written.metadata.resourceVersion !== live.metadata.resourceVersion || closing;
}

/** @throws EngineError base-changed, where somebody else has changed it in mid-release and a route is to stay open there */
export function refuseChanged(run: Run, { live, wanted, plain, canaries }: BaseChange): void {
  const open = !sameJson(wanted.spec, plain.spec) || leadsTo(canaries, wanted);
  if (isChanged(live) && open) throw changed(run, live);
}

/** By somebody else, since we have changed it. */
function isChanged(live: Live): boolean {
  return live.metadata.annotations?.[KEPT] !== undefined && !isSpecOurs(live);
}

function leadsTo(canaries: readonly string[], object: Manifest): boolean {
  return canaries.some((canary) => mentions(object, canary));
}

/** Who gets the fields back. A note that somebody has damaged keeps no route open: then nobody does. */
function formerOwners(run: Run, live: Live, note: string): readonly ManagedFields[] {
  const owners = readJson(ownersShape, note);
  if (owners) return owners;
  const what = `${objectName(live)}: its annotation ${KEPT} cannot be read; former owners of its fields do not get them back`;
  tell(run, { is: 'warning', what });
  return [];
}

/** Whoever has replaced what we wrote owns it now, and left nothing of ours in it: only our notes are still there. */
async function forget({ engine }: Run, live: Live): Promise<void> {
  const notes = Object.keys(live.metadata.annotations ?? {}).filter((key) => key.startsWith(OURS));
  const annotations = Object.fromEntries(notes.map((key) => [key, null]));
  await engine.api.patch(refOf(live), { metadata: { annotations } });
}

function mentions({ spec }: Manifest, service: string): boolean {
  return new RegExp(`"${service}["./]`).test(JSON.stringify(spec));
}

async function write(run: Run, live: Live, wanted: Manifest, owners: string, attempts = ATTEMPTS): Promise<Live> {
  const annotations = { ...wanted.metadata.annotations, [KEPT]: owners };
  const same = sameJson(live.spec, wanted.spec) && sameJson(live.metadata.annotations, annotations);
  if (same) return live;
  run.signal.throwIfAborted();
  try {
    const metadata = { ...live.metadata, annotations };
    const written = await run.engine.api.update({ ...live, metadata, spec: wanted.spec });
    tellChange(run, 'updated', refOf(live));
    return written;
  } catch (error) {
    const now = await again(run, live, error, attempts);
    if (!now || !sameJson([now.spec, now.metadata.annotations], [live.spec, live.metadata.annotations])) throw error;
    return write(run, now, wanted, owners, attempts - 1);
  }
}

/**
 * The values are the former ones again; now their owners are, too. Only owners are written: what somebody else changes
 * meanwhile stays.
 */
async function giveBack(run: Run, live: Live, owners: readonly ManagedFields[], attempts = ATTEMPTS): Promise<void> {
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
  try {
    await run.engine.api.patch(refOf(live), {
      metadata: { resourceVersion, managedFields: restored, annotations: { [KEPT]: null } },
    });
  } catch (error) {
    const now = await again(run, live, error, attempts);
    if (now) await giveBack(run, now, owners, attempts - 1);
  }
}

/** The object as it is after a conflict; undefined where it is gone. Other errors, and conflicts without end, are thrown. */
async function again({ engine }: Run, live: Live, error: unknown, attempts: number): Promise<Live | undefined> {
  if (!isConflict(error) || attempts === 1) throw error;
  return engine.api.get(refOf(live));
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
