import { createHash } from 'node:crypto';
import type { Live } from '../../lib/cluster';
import { objectKey } from '../../lib/core';
import type { SimulatedCluster } from '../../lib/simulated';

/**
 * Tells states of a cluster apart, and nothing that differs only because calls came in another order: uids, generated
 * names, resource versions and times are replaced by what they stand for. A version counts as the n-th of its object.
 */
export class Fingerprints {
  private readonly objects = new Map<string, string>();
  private readonly byVersion = new Map<string, string>();
  private readonly lives = new Map<string, number>();
  private readonly versions = new Map<string, number>();
  private readonly tokens = new Map<string, string>();

  constructor(cluster: SimulatedCluster) {
    for (const object of cluster.objects()) this.note('added', object);
    cluster.listen((change, object) => this.note(change, object));
  }

  /** Of the whole cluster. */
  cluster(): string {
    return hash([...this.objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, print]) => print));
  }

  /** Of what a call has answered. */
  answer(answer: unknown): string {
    const live = (object: Live) => this.byVersion.get(object.metadata.resourceVersion) ?? this.text(object);
    if (Array.isArray(answer)) return hash((answer as Live[]).map(live).sort());
    if (answer !== undefined && (answer as Live).metadata !== undefined) return live(answer as Live);
    return hash([this.text(answer)]);
  }

  private note(change: 'added' | 'modified' | 'deleted', object: Live): void {
    const key = objectKey(object);
    if (change === 'added') this.name(object, key);
    const name = this.token(key);
    if (change === 'deleted') {
      this.objects.delete(name);
      return;
    }
    const version = (this.versions.get(name) ?? 0) + 1;
    this.versions.set(name, version);
    const print = hash([name, String(version), this.text(object)]);
    this.objects.set(name, print);
    this.byVersion.set(object.metadata.resourceVersion, print);
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
    const known = this.tokens.get(text);
    if (known !== undefined) return known;
    return text
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/uid-[0-9a-z]+/g, (uid) => this.token(uid))
      .replace(/"id": ?"[0-9a-f]{12}"/g, '"id":"ID"');
  }
}

export function hash(parts: readonly string[]): string {
  const sum = createHash('sha1');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('base64');
}
