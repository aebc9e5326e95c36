/**
 * What Pulumi keeps in the state as a dynamic resource's provider: source text that gives its methods when it is run. By
 * hand, for Pulumi would serialise our code and all that it captures: this one always runs the installed code, and is
 * found from the program's folder. (adr/0009-pulumi-shim-by-hand.md)
 */
export function shim(provider: 'rolloutProvider' | 'laneProvider'): string {
  return `exports.handler = () => require("graylane/pulumi/provider").${provider};\n`;
}
