import type { ErrorText } from '../errors';
import {
  defined,
  type Deployment,
  groupOf,
  isDeployment,
  isService,
  type Manifest,
  objectKey,
  selects,
  type Service,
  type StringMap,
} from './manifest';
import { isOurs } from './names';

/** The objects of an app by name and by what they select: an app may have thousands of them. */
export class Objects {
  private readonly named = new Map<string, Manifest>();
  /** Services and Deployments by the first term of their selector: whoever selects a pod has it among the pod's labels. */
  private readonly bySelector = new Map<string, Manifest[]>();

  constructor(readonly all: readonly Manifest[]) {
    for (const object of all) this.add(object);
  }

  /** The object of that group, kind and name, in exactly that namespace. */
  find(group: string, kind: string, namespace: string | undefined, name: string): Manifest | undefined {
    const metadata = defined({ name, namespace });
    return this.named.get(objectKey({ apiVersion: `${group}/`, kind, metadata }));
  }

  /** Whether an object of the user's has this `objectKey`. */
  isTaken(key: string): boolean {
    const found = this.named.get(key);
    return found !== undefined && !isOurs(found);
  }

  /** Where else, in words, there is one of that group, kind and name: what an error of `find` has to say beside. */
  elsewhere(group: string, kind: string, namespace: string | undefined, name: string): Partial<ErrorText> {
    const key = objectKey({ apiVersion: `${group}/`, kind, metadata: { name } });
    const others = this.all
      .filter(({ metadata: { namespace: _, ...metadata }, ...object }) => objectKey({ ...object, metadata }) === key)
      .map(({ metadata }) => metadata.namespace);
    if (others.length === 0) return {};
    const where = (one: string | undefined) => (one === undefined ? 'no namespace' : `namespace ${one}`);
    return {
      allowed: `one in the namespace of the rollout or lane: that has ${where(namespace)}, and the ${kind} ${others.map(where).join(', ')}`,
      fix: 'write one namespace on both, or on neither; the command line takes that of what has none from -n',
    };
  }

  /** What an error of `find` has to say where there is one of that kind and name in other groups only: an older API. */
  inOtherGroup(apiVersion: string, kind: string, name: string): Partial<ErrorText> {
    const others = this.all.filter((one) => one.kind === kind && one.metadata.name === name);
    const versions = others.map((one) => one.apiVersion).filter((one) => groupOf(one) !== groupOf(apiVersion));
    return versions.length === 0 ? {} : olderApi(apiVersion, versions);
  }

  /** Services and Deployments of the namespace that select pods with these labels, in the order of the app. */
  selecting(namespace: string | undefined, labels: StringMap = {}): Manifest[] {
    return Object.entries(labels)
      .flatMap((term) => this.bySelector.get(termOf(namespace, term)) ?? [])
      .filter((object) => selects(selectorOf(object), labels));
  }

  private add(object: Manifest): void {
    const { namespace } = object.metadata;
    const key = objectKey(object);
    const named = this.named.get(key);
    if (named === undefined || (isOurs(named) && !isOurs(object))) this.named.set(key, object);
    const [term] = Object.entries(selectorOf(object) ?? {});
    if (term === undefined) return;
    const known = this.bySelector.get(termOf(namespace, term));
    if (known) known.push(object);
    else this.bySelector.set(termOf(namespace, term), [object]);
  }
}

/** What an error has to say of an object whose API is not the one that is read. */
export function olderApi(read: string, given: readonly string[]): Partial<ErrorText> {
  return {
    allowed: `one of ${read}: that of this name is of ${given.join(', ')}`,
    fix: `write it as ${read}, which may have other fields`,
  };
}

/** The equality terms; a selector with expressions as well may exclude what they select. */
function selectorOf(object: Manifest): StringMap | undefined {
  // An app may hold objects that lack anything: what is not released is not ours to judge.
  if (isService(object)) return (object.spec as Partial<Service['spec']> | undefined)?.selector;
  if (!isDeployment(object)) return undefined;
  const selector = (object.spec as Partial<Deployment['spec']> | undefined)?.selector;
  return selector?.matchExpressions?.length ? undefined : selector?.matchLabels;
}

function termOf(namespace = '', [key, value]: readonly [string, string]): string {
  return `${namespace}/${key}=${value}`;
}
