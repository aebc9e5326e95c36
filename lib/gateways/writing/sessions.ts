import type { Caveat } from '../../core';

/** A gateway that chooses the version first, for each request, and keeps the session within it. */
export const DRAWN_FOR_EACH_REQUEST: Caveat = {
  reason:
    'keeps a client on one pod of a version only, and a share is drawn for each request: clients go back and forth between both versions',
  wayOut: 'route by a header or cookie of these clients, or let sessions be where both versions find them',
};

/** A gateway whose sessions outlast the choice between versions. */
export function drawnForEachClient(keeps: string, limit: string): Caveat {
  return {
    reason: `${keeps}: a share is of new clients, and a greater one does not move those that are on stable`,
    wayOut: `let sessions end (${limit}), or count on the share of new clients only`,
  };
}

/** Whether a field of that name is anywhere within. */
export function hasField(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === name || hasField(inner, name));
}
