import type { RequestCounters, RequestsCheck } from '../specs/check';
import type { CheckAbout } from './kind';
import { presets, type Side, type TimedCounters } from './presets';
import { aboutStable, fillIn } from './variables';

/** The counters of one side, with variables. */
type Counters = RequestCounters | TimedCounters;

/** What is read: the counters of each side, under `<side> <counter>`. */
export type Expressions = Readonly<Record<string, string>>;

/** The expressions of a check, by the path of the field that they are from. */
export function textsOf(terms: RequestsCheck): Expressions {
  const { metrics, noWorseThan } = terms;
  if (typeof metrics === 'string') return { metrics: Object.values(expressionsOf(terms)).join('\n') };
  return { ...under('metrics', metrics), ...(noWorseThan?.stable && under('noWorseThan.stable', noWorseThan.stable)) };
}

/** @param about fills variables in */
export function expressionsOf(terms: RequestsCheck, about?: CheckAbout): Expressions {
  const sides: Side[] = terms.noWorseThan === undefined ? ['canary'] : ['canary', 'stable'];
  const all = sides.flatMap((side) =>
    Object.entries<string>({ ...countersOf(terms, isStable(about) ? 'stable' : side) }).map(([counter, text]) => [
      `${side} ${counter}`,
      fillIn(text, about),
    ]),
  );
  return Object.fromEntries(all) as Expressions;
}

/** What is promoted is asked about as stable, whose counters may have other labels. */
function isStable(about?: CheckAbout): boolean {
  return about !== undefined && about.canary.deployment === about.stable.deployment;
}

function countersOf({ metrics, slowerThanSeconds, noWorseThan }: RequestsCheck, side: Side): Counters {
  if (typeof metrics !== 'string') {
    const { failed, total } = metrics;
    if (side === 'canary') return metrics;
    return noWorseThan?.stable ?? { failed: aboutStable(failed), total: aboutStable(total) };
  }
  const preset = presets[metrics];
  return slowerThanSeconds === undefined ? preset.requests(side) : preset.timed(side, slowerThanSeconds);
}

function under(path: string, { failed, total }: RequestCounters): Expressions {
  return { [`${path}.failed`]: failed, [`${path}.total`]: total };
}
