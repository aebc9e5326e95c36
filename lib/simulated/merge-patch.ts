type Json = Record<string, unknown>;

/** JSON merge patch (RFC 7386): null removes. */
export function mergePatch(target: unknown, change: unknown): unknown {
  if (!isMap(change)) return change;
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = mergePatch(result[name], value);
  }
  return result;
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
