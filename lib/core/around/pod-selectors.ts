import { isJsonObject } from '../manifests/json';
import type { LabelSelector, Manifest, StringMap } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { readCalicoSelector } from './calico-selector';

/** A selector of pods in an object, and the field that it is in. */
export interface FoundSelector {
  readonly field: string;
  readonly selector: LabelSelector;
  /** It tells which pods the object is about, and not whom those may talk to. */
  readonly subject: boolean;
}

const SELECTOR = /selector$/i;
/** They select something else than pods. */
const OTHERS =
  /^(namespaces|(namespace|node|volume|service|target|object|service\w*|\w*(namespace|monitor|rule|probe|config))selectors?)$/i;
/** Of Cilium: whom its subjects may talk to. */
const PEERS = /Endpoints$/;
const PEERS_IN = /^(ingress|egress|from|to|rules|source|destination)/i;

/** Labels that Cilium and Calico give to pods beside their own; what else they make up is not known. */
const OF_NAMESPACE = ['io.kubernetes.pod.namespace', 'projectcalico.org/namespace'];
const MADE_UP = /^(io\.cilium\.|pcns\.|pcsa\.|projectcalico\.org\/(orchestrator|serviceaccount)$)/;
/** Labels by which namespaces are named. */
const NAMES_OF_NAMESPACES = ['kubernetes.io/metadata.name', 'projectcalico.org/name'];

/**
 * The selectors of pods in an object, of whatever kind: they are known by their shape. Cilium's policies have a list of specs.
 * @param namespace that of the pods: what is of others only is left out
 */
export function podSelectors(object: Manifest, namespace: string | undefined): readonly FoundSelector[] {
  const ofObject = found.get(object) ?? new Map<string | undefined, readonly FoundSelector[]>();
  found.set(object, ofObject);
  const known = ofObject.get(namespace);
  if (known !== undefined) return known;
  const { spec, specs } = object;
  const selectors = [...find(spec, 'spec', true, namespace), ...find(specs, 'specs', true, namespace)];
  ofObject.set(namespace, selectors);
  return selectors;
}

/** By namespace: each rollout of an app looks at all policies of its namespace. */
const found = new WeakMap<Manifest, Map<string | undefined, readonly FoundSelector[]>>();

/** The labels of pods, with those that come from their namespace. */
export function withNamespace(labels: StringMap, namespace: string | undefined): StringMap {
  if (namespace === undefined) return labels;
  return { ...labels, ...Object.fromEntries(OF_NAMESPACE.map((key) => [key, namespace])) };
}

/** Whether a selector of namespaces beside one of pods says that it is of others. Labels of namespaces are not known. */
export function isElsewhere(selector: unknown, namespace: string | undefined): boolean {
  if (namespace === undefined) return false;
  const { any, matchNames } = isJsonObject(selector) ? selector : {};
  if (any === true) return false;
  if (Array.isArray(matchNames)) return !matchNames.includes(namespace);
  const either = typeof selector === 'string' ? readCalicoSelector(selector) : [selector as LabelSelector];
  const labels = Object.fromEntries(NAMES_OF_NAMESPACES.map((key) => [key, namespace]));
  return (
    either !== undefined && either.every((one) => isJsonObject(one) && !matchesSelector(about(one, labels), labels))
  );
}

/** Its terms about these labels only. */
function about({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: StringMap): LabelSelector {
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).filter(([key]) => key in labels)),
    matchExpressions: matchExpressions.filter(({ key }) => key in labels),
  };
}

function find(value: unknown, field: string, subject: boolean, namespace: string | undefined): FoundSelector[] {
  if (Array.isArray(value)) return value.flatMap((entry, i) => find(entry, `${field}[${i}]`, subject, namespace));
  if (!isJsonObject(value) || isElsewhere(value.namespaceSelector, namespace)) return [];
  return Object.entries(value).flatMap(([key, inner]): FoundSelector[] => {
    const at = `${field}.${key}`;
    if (OTHERS.test(key)) return [];
    if (PEERS.test(key) && Array.isArray(inner)) {
      return inner.flatMap((one, i) => read(one, `${at}[${i}]`, false, namespace));
    }
    const about = subject && !PEERS_IN.test(key);
    return SELECTOR.test(key) ? read(inner, at, about, namespace) : find(inner, at, about, namespace);
  });
}

function read(value: unknown, field: string, subject: boolean, namespace: string | undefined): FoundSelector[] {
  const either =
    typeof value === 'string' ? readCalicoSelector(value) : isJsonObject(value) ? fromMap(value) : undefined;
  if (either !== undefined) return [either].flat().map((one) => ({ field, selector: known(one), subject }));
  return find(value, field, subject, namespace);
}

/** Without terms about what its system makes up. */
function known({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  return {
    matchLabels: Object.fromEntries(
      Object.entries(matchLabels).flatMap(([key, value]) =>
        MADE_UP.test(bareKey(key)) ? [] : [[bareKey(key), value]],
      ),
    ),
    matchExpressions: matchExpressions
      .map(({ key, ...rest }) => ({ key: bareKey(key), ...rest }))
      .filter(({ key }) => !MADE_UP.test(key)),
  };
}

/** A LabelSelector, labels below a word, or labels alone. */
function fromMap(value: Record<string, unknown>): LabelSelector | undefined {
  const { matchLabels, matchExpressions, labels } = value;
  if (matchLabels !== undefined || matchExpressions !== undefined) {
    const expressions = Array.isArray(matchExpressions) ? (matchExpressions as LabelSelector['matchExpressions']) : [];
    return {
      matchLabels: isLabels(matchLabels) ? matchLabels : {},
      ...(expressions && { matchExpressions: expressions }),
    };
  }
  const map = isLabels(labels) ? labels : value;
  return isLabels(map) && Object.keys(map).length > 0 ? { matchLabels: map } : undefined;
}

function isLabels(value: unknown): value is StringMap {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

/** Cilium writes before a label where it comes from. */
function bareKey(key: string): string {
  return key.replace(/^(k8s|any):/, '');
}
