import type { Command } from 'commander';
import { GraylaneError, refuse } from '../../core';
import { problem } from '../errors';
import { writeCdk8sProgram } from '../programs/cdk8s-program';
import { type Action, examples } from '../terminal/command';
import { type InputDeclarations, locating, topologyOf } from '../input/declarations';
import { readDeclarations } from '../input/input';
import { writePulumiProgram } from '../programs/pulumi-program';
import { EXIT, type Terminal } from '../terminal/terminal';

interface ImportOptions {
  readonly pulumi?: boolean;
}

export function define(command: Command, terminal: Terminal): Action {
  command
    .argument('<files...>', 'Rollouts and TrafficRoutings of Kruise, and the objects of the app: files, folders, or -')
    .option('--pulumi', 'a Pulumi program, whose `pulumi up` releases; without it, one of cdk8s')
    .addHelpText(
      'after',
      examples([
        'graylane import rollouts.yaml traffic-routing.yaml app.yaml > main.ts',
        'graylane import --pulumi rollouts.yaml traffic-routing.yaml app.yaml > index.ts',
        'kubectl get rollouts,trafficroutings -o yaml | graylane import - > main.ts',
      ]),
    );
  return async (files: string[], { pulumi = false }: ImportOptions) => {
    const declared = await readDeclarations(files, terminal);
    if (declared.rollouts.size + declared.lanes.size === 0) {
      throw new GraylaneError(problem('rollout-not-found', 'files', undefined, { allowed: 'a Rollout of Kruise' }));
    }
    checkLanes(declared);
    // With the app's objects in the input all references can be checked; without, they are where the program says.
    if (declared.objects.length > 0) topologyOf(declared);
    terminal.out.write(pulumi ? writePulumiProgram(declared) : writeCdk8sProgram(declared));
    return EXIT.done;
  };
}

/** Without its lane a rollout would be a release of another kind. */
function checkLanes({ rollouts, lanes }: InputDeclarations): void {
  const known = [...lanes.keys()];
  for (const [{ trafficRoutingRef: wanted, namespace }, source] of rollouts) {
    if (wanted === undefined || known.some((lane) => lane.name === wanted && lane.namespace === namespace)) continue;
    const allowed = 'a TrafficRouting of the input';
    const fix = 'add its file to the command line';
    locating(source, () => refuse([problem('lane-not-found', 'trafficRoutingRef', wanted, { allowed, fix })]));
  }
}
