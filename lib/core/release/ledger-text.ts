import { GraylaneError, type Problem, problem, refuse, within } from '../errors';
import type { Ledger } from './ledger';
import { parseStageId } from './stage-id';
import { isReplicas, percentage } from '../specs/replicas';
import { revisionOf } from '../manifests/revision';

/** The version of the schema that this package reads and writes. */
const VERSION = 1;

/** A ledger as indented JSON with a line end, the same in the file and in the ConfigMap: commits show what changed. */
export function formatLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, undefined, 2)}\n`;
}

/**
 * The ledger that a text holds.
 * @param source where the text comes from, for errors
 * @throws GraylaneError ledger-invalid with every field that is wrong, or ledger-version for one of a newer graylane
 */
export function parseLedger(text: string, source: string): Ledger {
  const value = parseJson(text, source);
  if (!isRecord(value)) throw new GraylaneError(invalid(source, '', kindOf(value)));
  const { version } = value;
  if (isCount(version) && version > VERSION) {
    throw new GraylaneError(problem('ledger-version', 'version', version, { subject: [source] }));
  }
  refuse(
    within(
      source,
      wrongFields(value).map(({ path, given }) => problem('ledger-invalid', path, given)),
    ),
  );
  const ledger = value as unknown as Ledger;
  checkTemplates(ledger, source);
  return ledger;
}

/** What each field must be before anything is rendered from a ledger. */
type Fields = Readonly<Record<string, (value: unknown) => boolean>>;

const LEDGER: Fields = {
  version: (value) => value === VERSION,
  releases: isCount,
  stable: isString,
  templates: isRecord,
  release: optional(isRecord),
};

const RELEASE: Fields = {
  number: isCount,
  target: isString,
  steps: isList,
  routing: isString,
  stage: isStage,
  settledAt: optional(isTime),
  abortedAt: optional(isStage),
  detour: optional(isRecord),
  canaryReplicas: optional(isCount),
  approved: isList,
};

const STEP: Fields = {
  replicas: isReplicas,
  traffic: optional((value) => percentage(value) !== undefined),
  matches: optional((value) => isList(value) && value.every(isRecord)),
  requestHeaderModifier: optional(isRecord),
  pause: optional((value) => isRecord(value) && optional(isCount)(value.duration)),
};

const APPROVAL: Fields = { step: isCount, by: optional(isString), at: optional(isTime) };

const DETOUR: Fields = {
  step: isCount,
  open: (value) => value === 'kept' || value === 'lost' || value === 'none',
  kept: optional(isRecord),
};

interface Wrong {
  readonly path: string;
  readonly given: unknown;
}

/** Fields are looked into only where what holds them is right. */
function wrongFields(ledger: Record<string, unknown>): Wrong[] {
  const own = wrongIn(ledger, LEDGER, '');
  if (own.length > 0 || ledger.release === undefined) return own;
  const release = ledger.release as Record<string, unknown>;
  const wrong = wrongIn(release, RELEASE, 'release.');
  if (wrong.length > 0) return wrong;
  const { steps, approved, detour } = release as { steps: unknown[]; approved: unknown[]; detour?: { kept?: unknown } };
  return [
    ...steps.flatMap((step, i) => wrongIn(step, STEP, `release.steps[${i}].`)),
    ...approved.flatMap((approval, i) => wrongIn(approval, APPROVAL, `release.approved[${i}].`)),
    ...(detour ? wrongIn(detour, DETOUR, 'release.detour.') : []),
    ...(detour?.kept === undefined ? [] : wrongIn(detour.kept, STEP, 'release.detour.kept.')),
  ];
}

function wrongIn(value: unknown, fields: Fields, prefix: string): Wrong[] {
  if (!isRecord(value)) return [{ path: prefix.slice(0, -1), given: kindOf(value) }];
  return Object.entries(fields)
    .filter(([name, holds]) => !holds(value[name]))
    .map(([name]) => ({
      path: `${prefix}${name}`,
      given: name === 'templates' ? kindOf(value[name]) : shown(value[name]),
    }));
}

/** A template is named by its hash: one that was edited by hand is neither what ran nor what is wanted. */
function checkTemplates({ stable, templates, release }: Ledger, source: string): void {
  for (const revision of new Set([stable, release?.target ?? stable])) {
    const template = templates[revision];
    if (!isRecord(template) || revisionOf(template) !== revision) {
      const given = template === undefined ? undefined : 'another template';
      throw new GraylaneError(invalid(source, `templates["${revision}"]`, given));
    }
  }
}

/** The parser's own message would quote the text: a ledger holds templates. */
function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new GraylaneError(invalid(source, '', 'text that is no JSON'));
  }
}

function invalid(source: string, path: string, given: unknown): Problem {
  return problem('ledger-invalid', path, given, { subject: [source] });
}

/** Scalars as they are; of a list or an object only that it is one. */
function shown(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? kindOf(value) : value;
}

function kindOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function optional(holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || holds(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isTime(value: unknown): boolean {
  return isString(value) && !Number.isNaN(Date.parse(value));
}

function isStage(value: unknown): boolean {
  return isString(value) && parseStageId(value) !== undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
