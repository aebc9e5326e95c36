import * as v from 'valibot';
import { GraylaneError, naming, type Problem, problem, refuse } from '../errors';
import { type Ledger, releaseId } from './ledger';
import { parseStageId } from './stage-id';
import { isReplicas, percentage } from '../specs/replicas';
import { fieldPath, isJsonObject, type JsonObject } from '../manifests/json';
import { defined, type PodTemplate } from '../manifests/manifest';
import { revisionOf } from '../manifests/revision';

/** The version of the schema that this package writes; it reads all up to it. */
const VERSION = 2;

/** A ledger as indented JSON with a line end, the same in the file and in the ConfigMap: commits show what changed. */
export function formatLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, undefined, 2)}\n`;
}

/** What comes before and after the templates of a ledger at rest, as `formatLedger` writes it; its workload is a group. */
const BEFORE =
  /^\{\n {2}"version": 2,\n {2}"releases": \d+,\n {2}"stable": "[0-9a-f]+",(?:\n {2}"aborted": "[0-9a-f]+",)?(?:\n {2}"workload": "([-.a-z0-9]+)",)?$/;
const TEMPLATES = '\n  "templates": {\n    "stable": ';
const AFTER =
  /^\n {2}\}(?:,\n {2}"references": \{\n {4}"stable": \[\n {6}"[-./\w ]+"(?:,\n {6}"[-./\w ]+")*\n {4}\]\n {2}\})?\n\}\n$/;

/**
 * Whether a text is the ledger of a rollout at rest with this very template, as `formatLedger` writes it. Nearly all ledgers
 * of an app are, and nothing of them has to be parsed then; what is written in any other way is for `parseLedger` to read.
 */
export function restsOn(text: string, template: PodTemplate, workload: string): boolean {
  const at = text.indexOf(TEMPLATES);
  const before = at < 0 ? null : BEFORE.exec(text.slice(0, at));
  if (before === null || ![undefined, workload].includes(before[1])) return false;
  const stable = indented(template);
  const from = at + TEMPLATES.length;
  return text.startsWith(stable, from) && AFTER.test(text.slice(from + stable.length));
}

/** A value as it stands in a text of JSON, two fields deep. */
function indented(value: unknown): string {
  return JSON.stringify({ '': { '': value } }, undefined, 2).slice('{\n  "": {\n    "": '.length, -'\n  }\n}'.length);
}

/**
 * The ledger that a text holds.
 * @param source where the text comes from, for errors
 * @param seed for the id of a release that an earlier version has begun; no other ledger has it
 * @throws GraylaneError ledger-invalid with every field that is wrong, or ledger-version for one of a newer graylane
 */
export function parseLedger(text: string, source: string, seed?: string): Ledger {
  return naming(source, () => {
    const value = parseJson(text);
    const { version } = isJsonObject(value) ? value : {};
    if (v.is(count, version) && version > VERSION)
      throw new GraylaneError(problem('ledger-version', 'version', version));
    if (version === 1) return identified(upgrade(checked(ledgerOf1, value)), seed);
    const ledger: Ledger = checked(ledgerOf2, value);
    checkTemplates(ledger, ledger.templates, (role) => `templates.${role}`);
    return identified(ledger, seed);
  });
}

function identified({ release, ...ledger }: Ledger, seed: string | undefined): Ledger {
  return release === undefined
    ? ledger
    : { ...ledger, release: { ...release, id: release.id ?? releaseId(release, seed) } };
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const names = v.array(v.string());
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
  id: v.optional(v.string()),
  target: v.string(),
  steps: v.array(step),
  routing: v.string(),
  stage,
  settledAt: v.optional(time),
  abortedAt: v.optional(stage),
  detour: v.optional(object({ step: count, open: v.picklist(['kept', 'lost', 'none']), kept: v.optional(step) })),
  canaryReplicas: v.optional(count),
  promotedAt: v.optional(time),
  because: v.optional(v.string()),
  approved: v.array(object({ step: count, by: v.optional(v.string()), at: v.optional(time) })),
});

const common = { releases: count, stable: v.string(), release: v.optional(release) };

/** Its templates have their revisions as keys. */
const ledgerOf1 = object({ version: v.literal(1), ...common, templates: map });

/** What each field must be before anything is rendered from a ledger. */
const ledgerOf2 = object({
  version: v.literal(VERSION),
  ...common,
  aborted: v.optional(v.string()),
  because: v.optional(v.string()),
  workload: v.optional(v.string()),
  templates: object({ stable: map, target: v.optional(map) }),
  references: v.optional(object({ stable: v.optional(names), target: v.optional(names) })),
});

function checked<T>(schema: v.GenericSchema, value: unknown): T {
  const { issues = [] } = v.safeParse(schema, value);
  refuse(issues.map(invalid));
  return value as T;
}

type LedgerOf1 = Pick<Ledger, 'releases' | 'stable' | 'release'> & { readonly templates: JsonObject };

function upgrade({ releases, stable, release, templates }: LedgerOf1): Ledger {
  const { target = stable } = release ?? {};
  const two = { stable: templates[stable], ...(target !== stable && { target: templates[target] }) };
  const ledger = { version: VERSION, releases, stable, templates: two, ...defined({ release }) } as Ledger;
  checkTemplates(ledger, two, (_, revision) => `templates["${revision}"]`);
  return ledger;
}

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

/** A template that was edited by hand is neither what ran nor what is wanted. */
function checkTemplates(
  { stable, release }: Ledger,
  templates: Readonly<Partial<Record<'stable' | 'target', unknown>>>,
  pathOf: (role: 'stable' | 'target', revision: string) => string,
): void {
  const { target = stable } = release ?? {};
  for (const [role, revision] of [
    ['stable', stable] as const,
    ...(target === stable ? [] : [['target', target] as const]),
  ]) {
    const template = templates[role];
    if (isJsonObject(template) && revisionOf(template) === revision) continue;
    const given = template === undefined ? undefined : 'another template';
    throw new GraylaneError(problem('ledger-invalid', pathOf(role, revision), given));
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
  'keep the side of the branch that is applied, as a whole (git checkout --ours or --theirs), and release what the other had after that';

function kindOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
