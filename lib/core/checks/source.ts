import type { StringMap } from '../manifests/manifest';
import type { HttpSource, HttpSourceWithHeaders } from '../specs/check';

export function addressOf(source: HttpSource): HttpSourceWithHeaders {
  return typeof source === 'string' ? { url: source } : source;
}

/** Where and with what to ask for a path of a source. */
export function below(source: HttpSource, path: string): { readonly url: string; readonly headers?: StringMap } {
  const { url, headers } = addressOf(source);
  return { url: url.replace(/\/+$/, '') + path, ...(headers && { headers }) };
}
