import type { CommandEntry } from './command';

/** Every command, in the order of the help. A new one is a file and a line here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'plan',
    summary: 'tell a release stage by stage, before anything is touched',
    load: () => import('./plan.js'),
  },
  {
    name: 'render',
    summary: 'print the manifests of one stage',
    load: () => import('./render.js'),
  },
  {
    name: 'simulate',
    summary: 'play a release on a simulated cluster',
    load: () => import('./simulate.js'),
  },
  {
    name: 'up',
    summary: 'take a release to its next gate, on a live cluster',
    load: () => import('./up.js'),
  },
  {
    name: 'status',
    summary: 'tell where the releases of a cluster stand',
    load: () => import('./status.js'),
  },
  {
    name: 'record',
    summary: 'write the first ledgers of an app: what runs now',
    load: () => import('./record.js'),
  },
  {
    name: 'advance',
    summary: 'move a ledger one stage on, to be committed',
    load: () => import('./advance.js'),
  },
  {
    name: 'abort',
    summary: 'send a release back to stable, to be committed',
    load: () => import('./abort.js'),
  },
  {
    name: 'import',
    summary: "turn Kruise's YAML into a cdk8s program",
    load: () => import('./import.js'),
  },
  {
    name: 'export',
    summary: "print Kruise's YAML, in another version of its API",
    load: () => import('./export.js'),
  },
];
