import { GraylaneError, problem } from './errors';
import type { Ledger } from './ledger';
import { revisionOf } from './revision';

/** The version of the schema that this package reads and writes. */
const VERSION = 1;

/** A ledger as indented JSON with a line end, the same in the file and in the ConfigMap: commits show what changed. */
export function formatLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, undefined, 2)}\n`;
}

/**
 * The ledger that a text holds.
 * @param source where the text comes from, for errors
 * @throws GraylaneError ledger-invalid, or ledger-version for one of a newer graylane
 */
export function parseLedger(text: string, source: string): Ledger {
  const value = parseJson(text, source);
  if (!isRecord(value)) throw invalid(source, 'a JSON value that is no object');
  if (value.version !== VERSION)
    throw new GraylaneError(problem('ledger-version', `${source}: version`, value.version));
  const wrong = FIELDS.find(([path, holds]) => !holds(value, path));
  if (wrong !== undefined) throw invalid(`${source}: ${wrong[0]}`, at(value, wrong[0]));
  const ledger = value as unknown as Ledger;
  checkTemplates(ledger, source);
  return ledger;
}

type Holds = (ledger: Record<string, unknown>, path: string) => boolean;

const isString: Holds = (ledger, path) => typeof at(ledger, path) === 'string';
const isCount: Holds = (ledger, path) => Number.isInteger(at(ledger, path)) && (at(ledger, path) as number) >= 0;
const isObject: Holds = (ledger, path) => isRecord(at(ledger, path));
const isList: Holds = (ledger, path) => Array.isArray(at(ledger, path));
const inRelease =
  (holds: Holds): Holds =>
  (ledger, path) =>
    ledger.release === undefined || holds(ledger, path);
const optional =
  (holds: Holds): Holds =>
  (ledger, path) =>
    at(ledger, path) === undefined || holds(ledger, path);

/** Fields that must be what they are declared to be before anything is rendered from a ledger. */
const FIELDS: readonly (readonly [string, Holds])[] = [
  ['releases', isCount],
  ['stable', isString],
  ['templates', isObject],
  ['release', optional(isObject)],
  ['release.number', inRelease(isCount)],
  ['release.target', inRelease(isString)],
  ['release.steps', inRelease(isList)],
  ['release.routing', inRelease(isString)],
  ['release.stage', inRelease(isString)],
  ['release.approved', inRelease(isList)],
  ['release.settledAt', optional(isString)],
  ['release.abortedAt', optional(isString)],
  ['release.detour', optional(isObject)],
  ['release.canaryReplicas', optional(isCount)],
];

/** A template is named by its hash: one that was edited by hand is neither what ran nor what is wanted. */
function checkTemplates({ stable, templates, release }: Ledger, source: string): void {
  for (const revision of new Set([stable, release?.target ?? stable])) {
    const template = templates[revision];
    if (!isRecord(template) || revisionOf(template) !== revision) {
      throw invalid(`${source}: templates["${revision}"]`, template === undefined ? undefined : 'another template');
    }
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid(source, (error as Error).message);
  }
}

function invalid(path: string, given: unknown): GraylaneError {
  return new GraylaneError(problem('ledger-invalid', path, given));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(ledger: Record<string, unknown>, path: string): unknown {
  return path.split('.').reduce<unknown>((value, field) => (isRecord(value) ? value[field] : undefined), ledger);
}
