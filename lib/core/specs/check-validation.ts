import { query } from 'jsonpath-rfc9535';
import { type Problem, problem } from '../errors';
import { fieldPath } from '../manifests/json';
import type { StringMap } from '../manifests/manifest';
import type { AlertsCheck, CheckKinds, CheckSpec, CommandCheck, HttpCheck, HttpExpectation } from './check';
import { checkVariables } from './check-variables';
import { demand, TOKEN } from './demand';
import { checkRequests } from './requests-validation';
import type { RolloutSpec, RouteSpec, Step } from './spec';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^[A-Za-z_]\w*$/;
/** A Service's port may have a name; `https:` before the name is for one that speaks TLS. */
const SERVICE = /^service:\/\/[a-z0-9{][^/\s]*\/(https:)?[^/:\s]+:[^/:\s]+(\/\S*)?$/;
const HTTP = /^https?:\/\/[^\s/@]+(\/\S*)?$/;
const LINE = /^[\x20-\x7e]*$/;

const kinds: { readonly [K in keyof CheckKinds]: (terms: CheckKinds[K], path: string) => Problem[] } = {
  requests: (terms, path) => [...checkSource(terms.prometheus, `${path}.prometheus`), ...checkRequests(terms, path)],
  http: checkHttp,
  command: checkCommand,
  alerts: checkAlerts,
};

/** Everything that is wrong with the checks of a rollout by themselves. */
export function checkChecks({
  checks = [],
  steps,
  trafficRoutings = [],
  onBroken,
  bakeSeconds = 0,
}: RolloutSpec): Problem[] {
  const own = trafficRoutings.length > 0;
  return [
    ...demand(onBroken === undefined || ['abort', 'hold'].includes(onBroken), 'on-broken', 'onBroken', onBroken),
    ...demand(Number.isInteger(bakeSeconds) && bakeSeconds >= 0, 'bake-seconds', 'bakeSeconds', bakeSeconds),
    ...checkList(checks, [], 'checks'),
    ...steps.flatMap((step, i) => checkList(step.checks ?? [], checks, `steps[${i}].checks`)),
    ...(own ? steps.flatMap((step, i) => checkComparisons(step, i, checks, picks(steps, i))) : []),
  ];
}

/** Problems of comparisons with stable, where canary and stable get other requests. */
export function checkCompared(checks: readonly CheckSpec[], path: string): Problem[] {
  return checks.flatMap(({ requests }, i) =>
    demand(requests?.noWorseThan === undefined, 'check-unlike', `${path}[${i}].requests.noWorseThan`, 'noWorseThan'),
  );
}

function checkComparisons(step: Step, i: number, ofRollout: readonly CheckSpec[], picked: boolean): Problem[] {
  if (!picked) return [];
  return [...checkCompared(step.checks ?? [], `steps[${i}].checks`), ...checkCompared(ofRollout, 'checks')];
}

/** Whether the route of a step, or the last one before it, takes requests by what they are. */
function picks(steps: readonly Step[], i: number): boolean {
  const routed = steps.slice(0, i + 1).filter(({ traffic, matches }) => traffic !== undefined || matches !== undefined);
  return isPicking(routed.at(-1));
}

/** Whether a route takes requests by what they are, and not by chance. */
export function isPicking({ matches = [] }: Pick<RouteSpec, 'matches'> = {}): boolean {
  return matches.length > 0;
}

function checkList(checks: readonly CheckSpec[], others: readonly CheckSpec[], path: string): Problem[] {
  const names = [...others, ...checks].map(({ name }) => name);
  return checks.flatMap((check, i) => [
    ...demand(names.indexOf(check.name) === others.length + i, 'check-duplicate', `${path}[${i}].name`, check.name),
    ...checkOne(check, `${path}[${i}]`),
  ]);
}

function checkOne(check: CheckSpec, path: string): Problem[] {
  const { name, whenUndecided } = check;
  const given = (Object.keys(kinds) as (keyof CheckKinds)[]).filter((kind) => check[kind] !== undefined);
  const undecided = whenUndecided === undefined || ['hold', 'pass'].includes(whenUndecided);
  return [
    ...demand(DNS_LABEL.test(name), 'check-name', `${path}.name`, name),
    ...demand(undecided, 'check-when-undecided', `${path}.whenUndecided`, whenUndecided),
    ...demand(given.length === 1, 'check-kind', path, given.length === 0 ? 'none of them' : given.join(' and ')),
    ...given.flatMap((kind) =>
      (kinds[kind] as (terms: unknown, at: string) => Problem[])(check[kind], `${path}.${kind}`),
    ),
  ];
}

function checkHttp({ url, headers = {}, expect, broken, timeoutSeconds }: HttpCheck, path: string): Problem[] {
  return [
    ...checkUrl(url, `${path}.url`),
    ...checkHeaders(url, headers, path),
    ...checkExpectation(expect, `${path}.expect`),
    ...(broken ? checkExpectation(broken, `${path}.broken`) : []),
    ...checkTimeout(timeoutSeconds, 300, `${path}.timeoutSeconds`),
  ];
}

function checkSource(source: AlertsCheck['source'], path: string): Problem[] {
  if (typeof source === 'string') return checkUrl(source, path);
  return [...checkUrl(source.url, `${path}.url`), ...checkHeaders(source.url, source.headers ?? {}, path)];
}

function checkUrl(url: string, path: string): Problem[] {
  const known = HTTP.test(url) || SERVICE.test(url);
  return [...demand(known, 'check-url', path, hidden(url)), ...checkVariables(url, path)];
}

/** Who writes a password into a URL should not see it in an error again. */
function hidden(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//...@');
}

function checkHeaders(url: string, headers: StringMap, path: string): Problem[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = `${path}.${fieldPath(['headers', name])}`;
    const ours = url.startsWith('service:') && name.toLowerCase() === 'authorization';
    return [
      ...demand(TOKEN.test(name), 'check-header', at, name),
      ...demand(LINE.test(value), 'check-header-value', at, 'a value'),
      ...demand(!ours, 'check-authorization', at, name),
    ];
  });
}

function checkExpectation({ status, json }: HttpExpectation, path: string): Problem[] {
  const known = status === undefined || (Number.isInteger(status) && status >= 100 && status <= 599);
  return [
    ...demand(status !== undefined || json !== undefined, 'check-expectation', path, {}),
    ...demand(known, 'check-status', `${path}.status`, status),
    ...(json ? demand(isJsonPath(json.path), 'check-json-path', `${path}.json.path`, json.path) : []),
  ];
}

function isJsonPath(path: string): boolean {
  try {
    query({}, path);
    return true;
  } catch {
    return false;
  }
}

function checkTimeout(seconds: number | undefined, most: number, path: string): Problem[] {
  const known = seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= most);
  return known ? [] : [problem('check-timeout', path, seconds, { allowed: `whole seconds from 1 to ${most}` })];
}

function checkCommand({ argv, timeoutSeconds }: CommandCheck, path: string): Problem[] {
  return [
    ...demand(argv[0], 'check-argv', `${path}.argv`, argv),
    ...argv.flatMap((word, i) => checkVariables(word, `${path}.argv[${i}]`)),
    ...checkTimeout(timeoutSeconds, 3600, `${path}.timeoutSeconds`),
  ];
}

function checkAlerts({ source, from, labels }: AlertsCheck, path: string): Problem[] {
  const entries = Object.entries(labels);
  return [
    ...checkSource(source, `${path}.source`),
    ...demand(['prometheus', 'alertmanager'].includes(from), 'check-from', `${path}.from`, from),
    ...demand(entries.length > 0, 'check-labels', `${path}.labels`, labels),
    ...entries.flatMap(([name, value]) => [
      ...demand(LABEL.test(name), 'check-labels', `${path}.labels`, name),
      ...checkVariables(value, `${path}.${fieldPath(['labels', name])}`),
    ]),
  ];
}
