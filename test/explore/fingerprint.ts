import type { Live } from '../../lib/cluster';
import { objectKey } from '../../lib/core';
import type { SimulatedCluster } from '../../lib/simulated';

/** One version of an object. */
interface Version {
  /** The same in every history. */
  readonly name: string;
  /** The n-th of its object. */
  readonly nth: number;
  readonly object: Live;
  /** Computed when it is asked for. */
  print?: string;
}

/**
 * Tells states of a cluster apart, and nothing that differs only because calls came in another order: uids, generated
 * names, resource versions and times are replaced by what they stand for. A version counts as the n-th of its object.
 */
export class Fingerprints {
  private readonly objects: Map<string, Version>;
  private readonly byVersion: Map<string, Version>;
  private readonly lives: Map<string, number>;
  private readonly versions: Map<string, number>;
  private readonly tokens: Map<string, string>;

  /** @param from those of the cluster that this one was made from */
  constructor(cluster: SimulatedCluster, from?: Fingerprints) {
    this.objects = new Map(from?.objects);
    this.byVersion = new Map(from?.byVersion);
    this.lives = new Map(from?.lives);
    this.versions = new Map(from?.versions);
    this.tokens = new Map(from?.tokens);
    cluster.listen((change, object) => this.note(change, object));
  }

  /** Of the whole cluster. */
  cluster(): string {
    const prints = [...this.objects.values()].map((version) => this.print(version));
    return hash(prints.sort());
  }

  /** Of what a call has answered. */
  answer(answer: unknown): string {
    if (Array.isArray(answer)) return hash((answer as Live[]).map((one) => this.live(one)).sort());
    if (answer !== undefined && (answer as Live).metadata !== undefined) return this.live(answer as Live);
    return hash([this.text(answer)]);
  }

  private live(object: Live): string {
    const version = this.byVersion.get(object.metadata.resourceVersion);
    return version ? this.print(version) : this.text(object);
  }

  private print(version: Version): string {
    return (version.print ??= hash([version.name, String(version.nth), this.text(version.object)]));
  }

  private note(change: 'added' | 'modified' | 'deleted', object: Live): void {
    const key = objectKey(object);
    if (change === 'added') this.name(object, key);
    const name = this.token(key);
    if (change === 'deleted') {
      this.objects.delete(name);
      return;
    }
    const nth = (this.versions.get(name) ?? 0) + 1;
    this.versions.set(name, nth);
    const version = { name, nth, object };
    this.objects.set(name, version);
    this.byVersion.set(object.metadata.resourceVersion, version);
  }

  /** A pod is the n-th of its ReplicaSet, anything else the n-th of its name. */
  private name({ kind, metadata }: Live, key: string): void {
    const owner = (metadata.ownerReferences as { name: string }[] | undefined)?.[0]?.name;
    const base = kind === 'Pod' ? `Pod of ${owner}` : key;
    const life = (this.lives.get(base) ?? 0) + 1;
    this.lives.set(base, life);
    this.tokens.set(key, `${base} ${life}`);
    this.tokens.set(metadata.uid, `${base} ${life}`);
    if (kind === 'Pod') this.tokens.set(metadata.name, `${base} ${life}`);
  }

  private token(key: string): string {
    return this.tokens.get(key) ?? key;
  }

  private text(value: unknown): string {
    return JSON.stringify(value ?? null, (key, inner: unknown) => {
      if (key === 'resourceVersion' || key === 'creationTimestamp') return undefined;
      return typeof inner === 'string' ? this.neutral(inner) : inner;
    });
  }

  private neutral(text: string): string {
    if (text.length < 8) return text;
    const known = this.tokens.get(text);
    if (known !== undefined) return known;
    return text
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/uid-[0-9a-z]+/g, (uid) => this.token(uid))
      .replace(/"id": ?"[0-9a-f]{12}"/g, '"id":"ID"');
  }
}

/** 64 bits: of a million states, two are taken for one with a chance of 1 to 30 millions. */
export function hash(parts: readonly string[]): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    a = Math.imul(a ^ 0x10001, 2246822507) ^ (b >>> 13);
    b = Math.imul(b ^ 0x10001, 3266489909) ^ (a >>> 16);
  }
  return (a >>> 0).toString(36) + '.' + (b >>> 0).toString(36);
}
