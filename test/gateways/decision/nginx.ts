/**
 * ingress-nginx.
 * - A canary Ingress is joined to the upstream of the entry with its host, path and pathType, unless its Service is the
 *   same one, and then serves all of that upstream; only the first one counts
 *   (controller.go mergeAlternativeBackends; balancer.lua "TODO: support traffic shaping for n > 1"; issues 4667, 5848).
 * - Header, then cookie, then weight, falling through; a value or pattern replaces `always` and `never`
 *   (balancer.lua route_to_alternative_balancer). A pattern is searched, not anchored (ngx.re.match).
 * - All annotations but a few are inherited from the base (user-guide, annotations, Canary).
 */
import { entriesFor, entriesOf, type Entry, samePods } from './ingresses';
import { headersOf, type Model, type Request } from './traffic';

const KEY = 'nginx.ingress.kubernetes.io/canary';

export const nginx: Model = (objects, request) => {
  const entries = entriesOf(objects);
  const primaries = entries.filter(({ annotations }) => annotations[KEY] !== 'true');
  const [primary] = entriesFor(primaries, request);
  if (primary === undefined) return [];
  const canary = alternativeOf(primary.service, primaries, entries);
  const share = canary ? shareOf(canary, request) : 0;
  const outcome = { headers: headersOf(request), treatment: null };
  return [
    { ...outcome, to: samePods(objects, primary.service), share: 1 - share },
    ...(canary ? [{ ...outcome, to: samePods(objects, canary.service), share }] : []),
  ];
};

function alternativeOf(upstream: string, primaries: readonly Entry[], entries: readonly Entry[]): Entry | undefined {
  const joined = (canary: Entry) => primaries.find((primary) => isSamePlace(primary, canary))?.service;
  const canaries = entries.filter(({ annotations }) => annotations[KEY] === 'true');
  return canaries.find((canary) => joined(canary) === upstream && canary.service !== upstream);
}

/** Of several Ingresses with one place the oldest has it: they are listed from there. */
function isSamePlace(a: Entry, b: Entry): boolean {
  return a.host === b.host && a.path === b.path && a.pathType === b.pathType;
}

function shareOf({ annotations }: Entry, { headers, cookies }: Request): number {
  const name = annotations[`${KEY}-by-header`];
  const header = name === undefined ? undefined : headers[name.toLowerCase()];
  if (header !== undefined) {
    const value = annotations[`${KEY}-by-header-value`];
    const pattern = annotations[`${KEY}-by-header-pattern`];
    if (value !== undefined) {
      if (value === header) return 1;
    } else if (pattern !== undefined) {
      if (new RegExp(pattern).test(header)) return 1;
    } else if (header === 'always') return 1;
    else if (header === 'never') return 0;
  }
  const cookie = cookies[annotations[`${KEY}-by-cookie`] ?? ''];
  if (cookie === 'always') return 1;
  if (cookie === 'never') return 0;
  return Number(annotations[`${KEY}-weight`] ?? 0) / 100;
}
