/** What deploy/rbac.yaml allows, and what a run has called. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Manifest, pluralOf } from '../../lib/core';
import type { Call } from '../../lib/simulated';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export function clusterRoles(): (Manifest & { readonly rules: readonly Rule[] })[] {
  const text = readFileSync(join(__dirname, '..', '..', 'deploy', 'rbac.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest & { rules: Rule[] });
}

/** `patch deployments`, for every verb and resource of all roles. */
export function allowed(): Set<string> {
  const rules = clusterRoles().flatMap((role) => role.rules);
  return new Set(
    rules.flatMap(({ resources, verbs }) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`))),
  );
}

const verbs: Readonly<Record<Call['verb'], readonly string[]>> = {
  get: ['get'],
  list: ['list'],
  watch: ['watch'],
  create: ['create'],
  update: ['update'],
  // Server-side apply creates what is not there.
  apply: ['patch', 'create'],
  patch: ['patch'],
  delete: ['delete'],
};

/** The permissions that calls take. */
export function needed(calls: readonly Call[]): Set<string> {
  return new Set(calls.flatMap(({ verb, kind }) => verbs[verb].map((one) => `${one} ${pluralOf(kind.toLowerCase())}`)));
}
