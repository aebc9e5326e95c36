/**
 * ingress-nginx.
 * - A canary Ingress is joined to the upstream of the entry with its host, path and pathType, unless its Service is the
 *   same one, and then serves all of that upstream; only the first one counts
 *   (controller.go mergeAlternativeBackends; balancer.lua "TODO: support traffic shaping for n > 1"; issues 4667, 5848).
 * - An upstream is made by the first Ingress that names its Service: what says "canary" there counts for all
 *   (controller.go createUpstreams). One that is no canary's takes no part of the requests; a canary's has no locations.
 * - Header, then cookie, then weight, falling through; a value or pattern replaces `always` and `never`
 *   (balancer.lua route_to_alternative_balancer). A pattern is searched, not anchored (ngx.re.match).
 * - Before all of these: a client with the cookie of the primary upstream stays there, then one with that of the canary
 *   goes there (balancer.lua route_to_alternative_balancer, sticky.lua is_affinitized).
 * - The cookie is given where a client has none, and says which upstream it is of (sticky.lua balance, set_cookie). The
 *   canary has the affinity of the primary unless its Ingress says `legacy` (controller.go mergeAlternativeBackend): then
 *   it gives no cookies. An upstream has the affinity of any Ingress that leads to it (controller.go getBackendServers).
 * - All annotations but those of an upstream are inherited from the base (controller.go createUpstreams).
 */
import type { Manifest } from '../../../lib/core';
import { entriesFor, entriesOf, type Entry, samePods } from './ingresses';
import { headersOf, type Model, type Request } from './traffic';

const PREFIX = 'nginx.ingress.kubernetes.io/';
const KEY = `${PREFIX}canary`;

export const nginx: Model = (objects, request) => {
  const { primary, canary } = upstreamsOf(objects, request);
  if (primary === undefined) return [];
  const share = canary ? shareOf(canary, primary.service, entriesOf(objects), request) : 0;
  return [outcome(primary, 1 - share, objects, request), ...(canary ? [outcome(canary, share, objects, request)] : [])];
};

/** The cookies that a client has after its request went to this Service. */
export function cookiesAfter(objects: readonly Manifest[], request: Request, service: string): Request['cookies'] {
  const entries = entriesOf(objects);
  const { primary, canary } = upstreamsOf(objects, request);
  const cookie = cookieOf(primary!.service, entries);
  if (cookie === undefined || request.cookies[cookie] !== undefined) return request.cookies;
  if (service !== primary!.service && isLegacy(canary!)) return request.cookies;
  return { ...request.cookies, [cookie]: `pod|${service}` };
}

function outcome(entry: Entry, share: number, objects: readonly Manifest[], request: Request) {
  return { headers: headersOf(request), treatment: upstreamOf(entry), to: samePods(objects, entry.service), share };
}

/** What an upstream has of the Ingress that made it. */
function upstreamOf({ annotations }: Entry): object {
  const own = Object.entries(annotations).filter(([key]) =>
    /\/(load-balance|service-upstream|upstream-hash-by.*)$/.test(key),
  );
  return Object.fromEntries(own.sort());
}

function upstreamsOf(objects: readonly Manifest[], request: Request): { primary?: Entry; canary?: Entry } {
  const entries = entriesOf(objects);
  const maker = (service: string) => entries.find((entry) => entry.service === service)!;
  const located = entries.filter((entry) => !isCanary(entry) && !isCanary(maker(entry.service)));
  const [primary] = entriesFor(located, request);
  if (primary === undefined) return {};
  const joined = (canary: Entry) => located.find((entry) => isSamePlace(entry, canary))?.service;
  const canaries = entries.filter(isCanary);
  const canary = canaries.find((one) => joined(one) === primary.service && one.service !== primary.service);
  // An upstream that no canary made has no weight and no header.
  return { primary, ...(canary && isCanary(maker(canary.service)) && { canary }) };
}

function isCanary({ annotations }: Entry): boolean {
  return annotations[KEY] === 'true';
}

/** Of several Ingresses with one place the oldest has it: they are listed from there. */
function isSamePlace(a: Entry, b: Entry): boolean {
  return a.host === b.host && a.path === b.path && a.pathType === b.pathType;
}

function shareOf(canary: Entry, primary: string, entries: readonly Entry[], { headers, cookies }: Request): number {
  const { annotations } = canary;
  const session = cookies[cookieOf(primary, entries) ?? ''];
  if (session === `pod|${primary}`) return 0;
  if (session === `pod|${canary.service}` && !isLegacy(canary)) return 1;
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

/** The name of the session's cookie, where the upstream has one. */
function cookieOf(service: string, entries: readonly Entry[]): string | undefined {
  const sticky = entries.find(
    (entry) => entry.service === service && !isCanary(entry) && entry.annotations[`${PREFIX}affinity`] === 'cookie',
  );
  return sticky && (sticky.annotations[`${PREFIX}session-cookie-name`] ?? 'INGRESSCOOKIE');
}

function isLegacy({ annotations }: Entry): boolean {
  return annotations[`${PREFIX}affinity-canary-behavior`] === 'legacy';
}
