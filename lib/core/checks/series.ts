import { isJsonObject } from '../manifests/json';
import type { StringMap } from '../manifests/manifest';
import { INTERVAL } from './grid';
import { PART } from './range-query';
import { shortened } from './reply';

/** A counter as it was read, by the number of the interval that ended then; nothing where it was not there. */
export interface Series {
  /** The name of the expression that it is of. */
  readonly part: string;
  /** What it was read from. */
  readonly target: string;
  readonly values: Map<number, number>;
}

/** The series of a reply, each under what tells it from all others. */
export type SeriesByKey = Map<string, Series>;

/**
 * Adds what a reply to query_range holds.
 * @returns why nothing can be read from it
 */
export function readSeries(json: unknown, since: number, into: SeriesByKey): string | undefined {
  if (!isJsonObject(json)) return NOT_ALIKE;
  const { data, warnings = [] } = json;
  if (Array.isArray(warnings) && warnings.length > 0) return `it is not all: ${shortened(String(warnings[0]), 200)}`;
  if (!isJsonObject(data) || data.resultType !== 'matrix' || !Array.isArray(data.result)) return NOT_ALIKE;
  return data.result.every((one) => add(one, since, into)) ? undefined : NOT_ALIKE;
}

const NOT_ALIKE = 'it does not reply like Prometheus';

function add(one: unknown, since: number, into: SeriesByKey): boolean {
  // Native histograms have no values.
  if (!isJsonObject(one) || !isJsonObject(one.metric) || !Array.isArray(one.values ?? [])) return false;
  const labels = one.metric as StringMap;
  const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const series = into.get(key) ?? { part: labels[PART] ?? '', target: targetOf(labels), values: new Map() };
  into.set(key, series);
  return ((one.values ?? []) as unknown[]).every((pair) => {
    const [seconds, text] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof seconds !== 'number' || typeof text !== 'string') return false;
    const value = Number(text);
    if (Number.isFinite(value)) series.values.set(Math.round((seconds - since / 1000) / INTERVAL), value);
    return true;
  });
}

/** Prometheus gives these to all that it scrapes. */
function targetOf({ job = '', instance = '' }: StringMap): string {
  return JSON.stringify([job, instance]);
}
