import { isJsonObject } from '../manifests/json';
import type { LabelSelector, StringMap } from '../manifests/manifest';

/** A selector of pods in an object, and the field that it is in. */
export interface FoundSelector {
  readonly field: string;
  readonly selector: LabelSelector;
  /** It tells which pods the object is about, and not whom those may talk to. */
  readonly subject: boolean;
}

const SELECTOR = /selector$/i;
/** They select something else than pods. */
const OTHERS = /^(namespace|node|volume|service|target|object|service\w*|\w*namespace)selectors?$/i;
/** Of Cilium: whom its subjects may talk to. */
const PEERS = /Endpoints$/;
const PEERS_IN = /^(ingress|egress|from|to|rules|source|destination)/i;

/** The selectors of pods in a spec, of whatever kind: they are known by their shape. */
export function podSelectors(spec: unknown): FoundSelector[] {
  return find(spec, 'spec', true);
}

function find(value: unknown, field: string, subject: boolean): FoundSelector[] {
  if (Array.isArray(value)) return value.flatMap((entry, i) => find(entry, `${field}[${i}]`, subject));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]): FoundSelector[] => {
    const at = `${field}.${key}`;
    if (OTHERS.test(key)) return [];
    if (PEERS.test(key) && Array.isArray(inner)) {
      return inner.flatMap((one, i) => read(one, `${at}[${i}]`, false));
    }
    const about = subject && !PEERS_IN.test(key);
    return SELECTOR.test(key) ? read(inner, at, about) : find(inner, at, about);
  });
}

function read(value: unknown, field: string, subject: boolean): FoundSelector[] {
  const selector = typeof value === 'string' ? fromText(value) : isJsonObject(value) ? fromMap(value) : undefined;
  if (selector !== undefined) return [{ field, selector, subject }];
  return find(value, field, subject);
}

/** A LabelSelector, labels below a word, or labels alone. */
function fromMap(value: Record<string, unknown>): LabelSelector | undefined {
  const { matchLabels, matchExpressions, labels } = value;
  if (matchLabels !== undefined || matchExpressions !== undefined) {
    const expressions = Array.isArray(matchExpressions) ? (matchExpressions as LabelSelector['matchExpressions']) : [];
    return {
      matchLabels: bareKeys(isLabels(matchLabels) ? matchLabels : {}),
      matchExpressions: expressions!.map(({ key, ...rest }) => ({ key: bareKey(key), ...rest })),
    };
  }
  const map = isLabels(labels) ? labels : value;
  return isLabels(map) && Object.keys(map).length > 0 ? { matchLabels: bareKeys(map) } : undefined;
}

/** Of Calico, as far as it is a list of equal labels: `app == 'web' && tier == "public"`. */
function fromText(text: string): LabelSelector | undefined {
  const terms = text.split('&&').map((term) => /^\s*([\w./-]+)\s*==\s*(['"])([^'"]*)\2\s*$/.exec(term));
  if (terms.some((term) => term === null)) return undefined;
  return { matchLabels: Object.fromEntries(terms.map((term) => [term![1]!, term![3]!])) };
}

function isLabels(value: unknown): value is StringMap {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function bareKeys(labels: StringMap): StringMap {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [bareKey(key), value]));
}

/** Cilium writes before a label where it comes from. */
function bareKey(key: string): string {
  return key.replace(/^(k8s|any):/, '');
}
