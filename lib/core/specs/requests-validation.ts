import { type Problem, problem } from '../errors';
import { metricsPresets, type NoWorseThan, type RequestCounters, type RequestsCheck } from './check';
import { checkVariables, variablesOf } from './check-variables';
import { demand } from './demand';
import { shareIn } from './share';

/** What takes the counters together, or what they have grown by, before a restart can be told from a decrease. */
const ROLLED_UP = /\b(i?rate|increase|i?delta|sum|avg|min|max|count|group|quantile|topk|bottomk)\s*(\(|by\b|without\b)/;

/** What is wrong with the terms of a requests check, but for where it asks. */
export function checkRequests(terms: RequestsCheck, path: string): Problem[] {
  const { metrics, slowerThanSeconds, atMost, noWorseThan, errorProbability } = terms;
  const limits = [...(atMost === undefined ? [] : ['atMost']), ...(noWorseThan === undefined ? [] : ['noWorseThan'])];
  return [
    ...(typeof metrics === 'string'
      ? checkPreset(metrics, `${path}.metrics`)
      : checkCounters(metrics, `${path}.metrics`)),
    ...checkSlower(slowerThanSeconds, metrics, `${path}.slowerThanSeconds`),
    ...demand(limits.length === 1, 'check-limit', path, limits.length === 0 ? 'none of them' : 'both of them'),
    ...checkShare(atMost, 99.999, `${path}.atMost`),
    ...checkShare(errorProbability, 50, `${path}.errorProbability`),
    ...(noWorseThan ? checkNoWorseThan(noWorseThan, metrics, `${path}.noWorseThan`) : []),
  ];
}

function checkPreset(name: string, path: string): Problem[] {
  return demand((metricsPresets as readonly string[]).includes(name), 'check-preset', path, name);
}

function checkCounters({ failed, total }: RequestCounters, path: string): Problem[] {
  return Object.entries({ failed, total }).flatMap(([field, text]) => [
    ...demand(text.trim() !== '', 'check-promql', `${path}.${field}`, text),
    ...demand(!ROLLED_UP.test(text), 'check-rolled-up', `${path}.${field}`, ROLLED_UP.exec(text)?.[1]),
    ...checkVariables(text, `${path}.${field}`),
  ]);
}

function checkSlower(seconds: number | undefined, metrics: RequestsCheck['metrics'], path: string): Problem[] {
  if (seconds === undefined) return [];
  return [
    ...demand(seconds > 0 && seconds <= 3600, 'check-slower', path, seconds),
    ...demand(typeof metrics === 'string', 'check-slower-own', path, seconds),
  ];
}

function checkShare(share: unknown, most: number, path: string): Problem[] {
  if (share === undefined || shareIn(share, most) !== undefined) return [];
  const upTo = most === 50 ? 'up to "50%"' : 'below "100%"';
  return [problem('check-share', path, share, { allowed: `a percentage above "0%" and ${upTo}` })];
}

function checkNoWorseThan(
  { ratio = 2, unlessBelow, stable }: NoWorseThan,
  metrics: RequestsCheck['metrics'],
  path: string,
): Problem[] {
  const own = typeof metrics === 'string' ? [] : [metrics.failed, metrics.total];
  const itself = own.some((text) => !variablesOf(text).some((name) => name.startsWith('canary')));
  return [
    ...demand(ratio >= 1 && ratio <= 100, 'check-ratio', `${path}.ratio`, ratio),
    ...checkShare(unlessBelow, 99.999, `${path}.unlessBelow`),
    ...(stable ? checkCounters(stable, `${path}.stable`) : []),
    ...demand(stable !== undefined || !itself, 'check-compares-itself', `${path}.stable`, stable),
  ];
}
