/**
 * MSE and Higress, which turn Ingresses into Envoy's routes.
 * - A canary Ingress belongs to the base's entry of the same host and path; header and query precede cookie, cookie
 *   precedes weight (MSE, "Advanced usage of MSE Ingress"). On Higress one Ingress has one kind: a weight beside a header
 *   is ignored (pkg/ingress/kube/annotations/canary.go).
 * - Higress: an exact value is the full match `always|<value>`; a pattern is searched. MSE: documented as an exact match.
 * - Cookies: Higress by the value `always`; MSE also by `canary-by-cookie-value`.
 * - Header control is not inherited by a canary Ingress (MSE: "independent of each other"); it overwrites, adds, removes.
 * - MSE's service-subset: pods of the subset; the empty one is pods of no subset.
 */
import type { HeaderModifier } from '../../../lib/core';
import { entriesFor, entriesOf, type Entry } from './ingresses';
import { headersOf, type Model, modify, type Outcome, type Request } from './traffic';

const KEY = 'nginx.ingress.kubernetes.io/canary';
const MSE = 'mse.ingress.kubernetes.io/';
const HIGRESS = 'higress.io/';

export const mse = model(MSE, (header, value) => header === value);
export const higress = model(HIGRESS, (header, value) => new RegExp(`^(?:always|${value})$`).test(header));

type Exact = (header: string, value: string) => boolean;

function model(prefix: string, exact: Exact): Model {
  return (objects, request) => {
    const entries = entriesFor(entriesOf(objects), request);
    const primary = entries.find(({ annotations }) => annotations[KEY] !== 'true');
    if (primary === undefined) return [];
    const canaries = entries.filter(({ annotations }) => annotations[KEY] === 'true');
    const outcome = (entry: Entry, share: number): Outcome => ({
      to: podsOf(entry),
      share,
      headers: modify(headersOf(request), headerControl(entry, prefix)),
      treatment: treatmentOf(entry, prefix),
    });
    for (const kinds of [['header', 'query'], ['cookie']] as const) {
      const taken = canaries.find((entry) => kinds.some((kind) => takes(entry, kind, prefix, exact, request)));
      if (taken) return [outcome(taken, 1)];
    }
    const weighted = canaries.find(
      ({ annotations }) => annotations[`${KEY}-weight`] !== undefined && kindOf(annotations, prefix) === undefined,
    );
    const share = Number(weighted?.annotations[`${KEY}-weight`] ?? 0) / 100;
    return [outcome(primary, 1 - share), ...(weighted ? [outcome(weighted, share)] : [])];
  };
}

type Kind = 'header' | 'query' | 'cookie';

function kindOf(annotations: Entry['annotations'], prefix: string): Kind | undefined {
  if (annotations[`${KEY}-by-header`] !== undefined) return 'header';
  if (prefix === MSE && annotations[`${MSE}canary-by-query`] !== undefined) return 'query';
  return annotations[`${KEY}-by-cookie`] === undefined ? undefined : 'cookie';
}

function takes({ annotations }: Entry, kind: Kind, prefix: string, exact: Exact, request: Request): boolean {
  if (kindOf(annotations, prefix) !== kind) return false;
  if (kind === 'cookie') {
    const value = (prefix === MSE ? annotations[`${MSE}canary-by-cookie-value`] : undefined) ?? 'always';
    return request.cookies[annotations[`${KEY}-by-cookie`]!] === value;
  }
  const key = kind === 'header' ? `${KEY}-by-header` : `${MSE}canary-by-query`;
  const name = annotations[key]!;
  const given = kind === 'header' ? request.headers[name.toLowerCase()] : request.query[name];
  if (given === undefined) return false;
  const [value, pattern] = [annotations[`${key}-value`], annotations[`${key}-pattern`]];
  if (value !== undefined) return exact(given, value);
  return pattern === undefined ? given === 'always' : new RegExp(`^.*${pattern}.*$`).test(given);
}

function headerControl({ annotations }: Entry, prefix: string): HeaderModifier {
  const lines = (key: string) =>
    (annotations[prefix + key]?.split('\n') ?? []).map((line) => {
      const [, name, value] = /^(\S+)\s+(.*)$/.exec(line)!;
      return { name: name!, value: value!.replace(/^"(.*)"$/, '$1') };
    });
  return {
    set: lines('request-header-control-update'),
    add: lines('request-header-control-add'),
    remove: annotations[`${prefix}request-header-control-remove`]?.split(',') ?? [],
  };
}

function podsOf({ annotations, service }: Entry): string {
  const subset = annotations[`${MSE}service-subset`];
  return subset ? `${service}[${subset}]` : service;
}

/** Annotations of routing that are neither about the canary nor about headers: a request of the canary needs them too. */
function treatmentOf({ annotations }: Entry, prefix: string): unknown {
  const kept = Object.entries(annotations).filter(
    ([key]) =>
      (key.startsWith(prefix) || key.startsWith('nginx.')) && !/canary|header-control|service-subset/.test(key),
  );
  return Object.fromEntries(kept.sort());
}
