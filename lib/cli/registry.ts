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
];
