import type { Manifest } from './manifest';

/** Whether the host is that Service: by its short name, or by a longer one with the namespace of the object that names it. */
export function isHostOf(host: string, service: string, { metadata }: Manifest): boolean {
  const [name, namespace, kind] = host.split('.');
  const local = namespace === undefined || namespace === metadata.namespace;
  return name === service && local && (kind === undefined || kind === 'svc');
}
