import type { CommandEntry } from './terminal/command';

/** Every command, in the order of the help. A new one is a file and a line here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'plan',
    summary: 'tell a release stage by stage, before anything is touched',
    load: () => import('./commands/plan.js'),
  },
  {
    name: 'render',
    summary: 'print the manifests of one stage',
    load: () => import('./commands/render.js'),
  },
  {
    name: 'simulate',
    summary: 'play a release on a simulated cluster',
    load: () => import('./commands/simulate.js'),
  },
  {
    name: 'up',
    summary: 'take a release to its next gate, on a live cluster',
    load: () => import('./commands/up.js'),
  },
  {
    name: 'status',
    summary: 'tell where the releases of a cluster stand',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'init',
    summary: 'set a project up for releases by commits',
    load: () => import('./commands/init.js'),
  },
  {
    name: 'record',
    summary: 'write the first ledgers of an app: what runs now',
    load: () => import('./commands/record.js'),
  },
  {
    name: 'advance',
    summary: 'move a ledger one stage on, to be committed',
    load: () => import('./commands/advance.js'),
  },
  {
    name: 'abort',
    summary: 'send a release back to stable, to be committed',
    load: () => import('./commands/abort.js'),
  },
  {
    name: 'verify',
    summary: 'tell whether ledgers, app and committed output agree',
    load: () => import('./commands/verify.js'),
  },
  {
    name: 'import',
    summary: "turn Kruise's YAML into a cdk8s program",
    load: () => import('./commands/import.js'),
  },
  {
    name: 'export',
    summary: "print Kruise's YAML, in another version of its API",
    load: () => import('./commands/export.js'),
  },
];
