import type { CustomResourceOptions, Resource } from '@pulumi/pulumi';
import { GraylaneError, refuse } from '../../core';
import { problem } from '../errors';

/** Any type of the package whose providers lead to a cluster. */
const KUBERNETES = 'kubernetes:core/v1:Service';

const SECONDS = { h: 3600, m: 60, s: 1, ms: 0.001 };

/**
 * Refuses arguments that are not there, before anything is made of them; the others are told by the provider, which sees
 * them resolved.
 * @throws GraylaneError field-missing
 */
export function checkRequired(name: string, args: object | undefined, ...required: readonly string[]): void {
  const given = new Map(Object.entries(args ?? {}));
  const missing = required.filter((field) => given.get(field) === undefined);
  refuse(missing.map((field) => problem('field-missing', field, undefined, { subject: [name] })));
}

/**
 * Options that Pulumi ignores on a dynamic resource, or breaks on, are refused. A provider that a component passes to its
 * children leads the others to its cluster, so this resource must not go to another one without a word.
 * @throws GraylaneError provider-ignored, import-impossible
 */
export function checkOptions(name: string, kubeconfig: unknown, opts: CustomResourceOptions = {}): void {
  const { provider, parent } = opts;
  const inherited = parent?.getProvider(KUBERNETES);
  if (kubeconfig === undefined && provider) refuseProvider(name, 'opts.provider', provider);
  if (kubeconfig === undefined && inherited) refuseProvider(name, 'opts.parent', inherited);
  if (opts.import !== undefined) {
    throw new GraylaneError(problem('import-impossible', 'opts.import', 'import', { subject: [name] }));
  }
}

/** Whether `ignoreChanges` covers the property of this path. Pulumi tells a provider nothing of it. */
export function ignores({ ignoreChanges = [] }: CustomResourceOptions = {}, path: string): boolean {
  const ignored = ignoreChanges.map((one) => one.replace(/\["([^"]+)"\]/g, '.$1'));
  return ignored.some((one) => one === path || path.startsWith(`${one}.`));
}

/** `customTimeouts` in seconds. */
export function timeoutsOf({ customTimeouts }: CustomResourceOptions = {}): Record<string, number> | undefined {
  const given = Object.entries(customTimeouts ?? {}).filter(([, duration]) => duration);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(([operation, duration]) => [operation, secondsOf(duration as string)]));
}

/** Of a duration such as `1h30m`; Pulumi itself refuses what is none. */
function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/([\d.]+)(h|ms|m|s)/g)];
  return Math.ceil(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * SECONDS[unit as keyof typeof SECONDS], 0),
  );
}

function refuseProvider(name: string, path: string, provider: Resource): never {
  const given = (provider as { __pulumiType?: string }).__pulumiType ?? 'a provider';
  throw new GraylaneError(problem('provider-ignored', path, given, { subject: [name] }));
}
