import { isSecret, Output } from '@pulumi/pulumi';

/** Paths of the secrets within an input; their values are not looked at. */
export async function secretPaths(input: unknown, path: string): Promise<string[]> {
  if (Output.isInstance(input)) return (await isSecret(input)) ? [path] : [];
  const value = await input;
  if (Output.isInstance(value)) return secretPaths(value, path);
  if (typeof value !== 'object' || value === null) return [];
  const fields = Object.entries(value).map(([key, field]: [string, unknown]) =>
    secretPaths(field, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
  );
  return (await Promise.all(fields)).flat();
}
