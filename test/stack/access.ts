/** How to reach an API server, and as whom: read from a kubeconfig file, or written to one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

export interface Access {
  /** Such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM; undefined where the system's own authorities vouch for the server. */
  readonly ca?: string;
  /** The server's certificate is not checked. */
  readonly insecure?: boolean;
  readonly token?: string;
  /** PEM, with `key`. */
  readonly certificate?: string;
  readonly key?: string;
  /** The user to act as; needs the right to impersonate. */
  readonly actAs?: string;
}

interface Named {
  readonly name: string;
}

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: (Named & { context: { cluster: string; user: string } })[];
  readonly clusters: (Named & {
    cluster: Record<string, string | undefined> & { 'insecure-skip-tls-verify'?: boolean };
  })[];
  readonly users: (Named & { user: Record<string, string | undefined> })[];
}

/** The current context of a kubeconfig file. What only works by running a program (exec, auth-provider) is an error. */
export function readKubeconfig(file: string): Access {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const { context } = find(config.contexts, config['current-context'], file);
  const { cluster } = find(config.clusters, context.cluster, file);
  const { user } = find(config.users, context.user, file);
  const access = {
    server: cluster.server!.replace(/\/$/, ''),
    ca: inlineOrFile(file, cluster, 'certificate-authority'),
    insecure: cluster['insecure-skip-tls-verify'],
    token: user.token ?? (user.tokenFile && readBeside(file, user.tokenFile)),
    certificate: inlineOrFile(file, user, 'client-certificate'),
    key: inlineOrFile(file, user, 'client-key'),
  };
  if (access.token === undefined && access.certificate === undefined) throw unusable(file, context.user, user);
  return access;
}

export function writeKubeconfig(file: string, access: Access): void {
  const cluster = {
    server: access.server,
    'certificate-authority-data': base64(access.ca),
    'insecure-skip-tls-verify': access.insecure,
  };
  const user = {
    token: access.token,
    'client-certificate-data': base64(access.certificate),
    'client-key-data': base64(access.key),
    as: access.actAs,
  };
  const name = 'test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster }],
    users: [{ name, user }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}

function find<T extends Named>(list: readonly T[], name: string, file: string): T {
  const found = list.find((entry) => entry.name === name);
  if (!found) throw new Error(`${file} has no "${name}"; it has: ${list.map((entry) => entry.name).join(', ')}`);
  return found;
}

function inlineOrFile(file: string, entry: Record<string, unknown>, key: string): string | undefined {
  const inline = entry[`${key}-data`];
  if (typeof inline === 'string') return Buffer.from(inline, 'base64').toString();
  const path = entry[key];
  return typeof path === 'string' ? readBeside(file, path) : undefined;
}

function readBeside(file: string, path: string): string {
  return readFileSync(resolve(dirname(file), path), 'utf8').trim();
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString('base64');
}

function unusable(file: string, name: string, user: object): Error {
  return new Error(
    `${file}: user "${name}" has ${Object.keys(user).join(', ') || 'nothing'}; the tests can use token, tokenFile or ` +
      'client-certificate with client-key. `kubectl create token` gives a token.',
  );
}
