/** The workflow of docs/github-actions.md, step by step as a runner types them. */
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { approvalOf } from '../cluster/approvals';
import { versions } from '../cluster/world';
import { GitHub, type WorkflowFile, workflowFrom } from '../cli/github';
import { workload } from '../pulumi/fixtures';
import { Document } from './document';
import { scenes } from './suite';

const scene = scenes();
const document = new Document('docs/github-actions.md');

function program(image: string): string {
  const { spec } = workload('web', image);
  return [
    "import { CanaryRollout } from 'graylane/pulumi';",
    `const workload = { metadata: { name: 'web' }, spec: ${JSON.stringify(spec)} };`,
    "const rollout = new CanaryRollout('rollout-a', { workload, steps: [{ replicas: 1 }] });",
    document.block('ts'),
  ].join('\n');
}

test('two jobs with an approval between them; one that is rejected; one that runs twice', async () => {
  const { terminal, world } = await scene();
  const shell = terminal();
  const github = new GitHub(join(inject('pulumiProject'), 'node_modules'));
  const settings = { ...shell.environment, KUBECONFIG: join(shell.folder, '.kube/config') };
  // What every command of the document is a step of.
  const workflow: WorkflowFile = { env: settings, jobs: workflowFrom(document.block('yaml')).jobs };
  for (const { steps } of Object.values(workflow.jobs)) for (const { run } of steps) if (run) document.command(run);
  const commit = (image: string) => {
    github.shell(
      clone,
      `cat > index.ts <<'END'\n${program(image)}\nEND\ngit add -A && git commit -qm ${image} && git push -q`,
    );
  };

  const clone = github.clone();
  github.shell(clone, 'git checkout -q -B main');
  github.shell(clone, `echo '{"main": "index.ts"}' > package.json; echo node_modules > .gitignore`);
  github.shell(clone, `printf 'name: shop\\nruntime: nodejs\\n' > Pulumi.yaml; pulumi stack init prod`, settings);
  commit('v1');
  const begun = github.run(workflow);
  expect(begun).toMatchObject({ canary: { outputs: { gate: '' } } });
  expect(Object.keys(begun)).toEqual(['canary']);

  // A merge.
  commit('v2');
  const rejected = github.run(workflow, { approved: false });
  expect(rejected.canary!.outputs).toEqual({ gate: approvalOf('rollout-a#1/step-1') });
  expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v2']);

  const { canary, promote } = github.run(workflow);
  expect(canary!.outputs).toEqual(rejected.canary!.outputs);
  expect(promote!.log).toContain('1 updated');
  expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2']);
  expect(github.run(workflow)).toMatchObject({ canary: { outputs: { gate: '' } } });

  // A job that was cancelled.
  github.shell(clone, document.command('pulumi cancel --yes'), settings);
  expect(document.untyped).toEqual([]);
});
