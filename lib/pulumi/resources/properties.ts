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
