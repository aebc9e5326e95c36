import * as v from 'valibot';
import { GraylaneError, naming, type Problem, problem, refuse } from '../errors';
import type { Ledger } from './ledger';
import { parseStageId } from './stage-id';
import { isReplicas, percentage } from '../specs/replicas';
import { fieldPath, isJsonObject, type JsonObject } from '../manifests/json';
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
  return naming(source, () => {
    const value = parseJson(text);
    const { version } = isJsonObject(value) ? value : {};
    if (v.is(count, version) && version > VERSION)
      throw new GraylaneError(problem('ledger-version', 'version', version));
    const { issues = [] } = v.safeParse(ledgerSchema, value);
    refuse(issues.map(invalid));
    const ledger = value as Ledger;
    checkTemplates(ledger);
    return ledger;
  });
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const map = v.custom<JsonObject>(isJsonObject);
const time = v.custom<string>((value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)));
const stage = v.custom<string>((value) => typeof value === 'string' && parseStageId(value) !== undefined);

const step = object({
  replicas: v.custom<number | string>(isReplicas),
  traffic: v.optional(v.custom<string>((value) => percentage(value) !== undefined)),
  matches: v.optional(v.array(map)),
  requestHeaderModifier: v.optional(map),
  pause: v.optional(object({ duration: v.optional(count) })),
});

const release = object({
  number: count,
  target: v.string(),
  steps: v.array(step),
  routing: v.string(),
  stage,
  settledAt: v.optional(time),
  abortedAt: v.optional(stage),
  detour: v.optional(object({ step: count, open: v.picklist(['kept', 'lost', 'none']), kept: v.optional(step) })),
  canaryReplicas: v.optional(count),
  approved: v.array(object({ step: count, by: v.optional(v.string()), at: v.optional(time) })),
});

/** What each field must be before anything is rendered from a ledger. */
const ledgerSchema = object({
  version: v.literal(VERSION),
  releases: count,
  stable: v.string(),
  templates: map,
  release: v.optional(release),
});

/** To valibot a list is an object, too. */
function object<T extends v.ObjectEntries>(entries: T) {
  return v.pipe(v.custom<JsonObject>(isJsonObject), v.looseObject(entries));
}

/** Scalars are told; of lists, objects, templates and the ledger as a whole only what they are (R16). */
function invalid({ path, input }: v.BaseIssue<unknown>): Problem {
  const keys = path?.map(({ key }) => key) ?? [];
  const secret = keys.length === 0 || keys[0] === 'templates';
  const scalar = typeof input !== 'object' || input === null;
  return problem('ledger-invalid', fieldPath(keys), scalar && !secret ? input : kindOf(input));
}

/** A template is named by its hash: one that was edited by hand is neither what ran nor what is wanted. */
function checkTemplates({ stable, templates, release }: Ledger): void {
  for (const revision of new Set([stable, release?.target ?? stable])) {
    const template = templates[revision];
    if (isJsonObject(template) && revisionOf(template) === revision) continue;
    const given = template === undefined ? undefined : 'another template';
    throw new GraylaneError(problem('ledger-invalid', `templates["${revision}"]`, given));
  }
}

/** The parser's own message would quote the text: a ledger holds templates. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const merged = /^(<{7} |={7}$|>{7} )/m.test(text);
    const given = merged ? 'conflict markers of a merge' : 'text that is no JSON';
    throw new GraylaneError(problem('ledger-invalid', '', given, merged ? { fix: ONE_SIDE } : {}));
  }
}

/** Two releases cannot become one. */
const ONE_SIDE =
  'keep one side as a whole (git checkout --ours or --theirs), and release what the other had after that';

function kindOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
