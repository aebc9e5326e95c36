import { isJsonObject, type JsonObject } from '../core';
/** JSON merge patch (RFC 7386): null removes. */
export function mergePatch(target: unknown, change: unknown): unknown {
  if (!isJsonObject(change)) return change;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = mergePatch(result[name], value);
  }
  return result;
}
