/**
 * ALB Ingress.
 * - Rules of all Ingresses are tried from the smallest `order` (1 to 1000, 10 unless set); the first that matches decides,
 *   whatever its path ("alb.ingress.kubernetes.io/order ... the smaller the value, the higher the priority").
 * - Of one order: the more specific host, then path. Header, then cookie, then weight among canaries.
 * - A header rule takes one value, in which * and ? are wildcards; a cookie rule the value `always`.
 * - A weight shares the requests of a rule with the production Ingress of the same host and path.
 */
import { bySpecificPath, entriesOf, type Entry, hostFits, pathFits, specific } from './ingresses';
import { headersOf, type Model, type Request } from './traffic';

const ALB = 'alb.ingress.kubernetes.io/';

export const alb: Model = (objects, request) => {
  const entries = entriesOf(objects);
  const first = entries
    .filter((entry) => hostFits(entry.host, request.host) && pathFits(entry, request.path) && takes(entry, request))
    .sort((a, b) => orderOf(a) - orderOf(b) || specific(b.host) - specific(a.host) || bySpecificPath(a, b))[0];
  if (first === undefined) return [];
  const weight = first.annotations[`${ALB}canary-weight`];
  const share = weight === undefined ? 1 : Number(weight) / 100;
  const production = entries.find(
    ({ annotations, host, path, pathType }) =>
      annotations[`${ALB}canary`] !== 'true' &&
      host === first.host &&
      path === first.path &&
      pathType === first.pathType,
  );
  const outcome = { headers: headersOf(request), treatment: null };
  return [
    { ...outcome, to: first.service, share },
    ...(share < 1 ? [{ ...outcome, to: production!.service, share: 1 - share }] : []),
  ];
};

function takes({ annotations }: Entry, { headers, cookies }: Request): boolean {
  const header = annotations[`${ALB}canary-by-header`];
  const cookie = annotations[`${ALB}canary-by-cookie`];
  if (header !== undefined)
    return wildcard(annotations[`${ALB}canary-by-header-value`]!).test(headers[header.toLowerCase()] ?? '\n');
  return cookie === undefined || cookies[cookie] === 'always';
}

function wildcard(value: string): RegExp {
  const escaped = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

function orderOf({ annotations }: Entry): number {
  return Number(annotations[`${ALB}order`] ?? 10);
}
