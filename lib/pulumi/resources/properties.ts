import { createUrn, type CustomResourceOptions, type Input, output } from '@pulumi/pulumi';

/** Properties that only the provider sets: they must be among the arguments to become outputs. */
export function outputsOf(...names: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Who a resource is: what it is called in the program and in the cluster, and where its lines go in the engine's log. */
export function identity(
  type: string,
  resource: string,
  metadata: Input<{ readonly name?: Input<string>; readonly namespace?: Input<string> }> | undefined,
  opts: CustomResourceOptions | undefined,
) {
  const given = metadata === undefined ? undefined : output(metadata);
  return {
    resource,
    name: given?.apply(({ name }) => name!),
    namespace: given?.apply(({ namespace }) => namespace!),
    reportAs: createUrn(resource, type, opts?.parent),
  };
}

/**
 * What Pulumi keeps in the state as a dynamic resource's provider: source text that gives its methods when it is run. By
 * hand, for Pulumi would serialise our code and all that it captures: this one always runs the installed code, and is
 * found from the program's folder. (adr/0009-pulumi-shim-by-hand.md)
 */
export function providerText(provider: 'rolloutProvider' | 'laneProvider'): string {
  return `exports.handler = () => require("graylane/pulumi/provider").${provider};\n`;
}
