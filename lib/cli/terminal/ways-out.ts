import type { WaysOut } from '../../cluster';

const AGAIN = 'run the same command again';

/** The ways out of a live release that stopped, in words of the command line. */
export const waysOut: WaysOut = {
  unreachable: `check the kubeconfig, its context and the network, then ${AGAIN}`,
  conflict: `look who else writes that object, then ${AGAIN}`,
  broken: `${AGAIN}: what is missing is applied again; or go back with --abort`,
  deadline: `correct the cause and ${AGAIN}, declare a new revision, or go back with --abort`,
  'stable-capacity': `give stable these pods and ${AGAIN}; or, where the requests cannot wait for them, add --direct: on its own it goes to the declared revision, with --abort back to stable`,
  interrupted: `${AGAIN}: it goes on where it stopped`,
  'lease-lost': 'another run has taken over: look at its output or at `graylane status`',
  'base-changed': 'take the change back, or go back with --abort and make it afterwards',
  'adoption-needed': 'allow it with --adopt: no pod restarts',
  'stable-unsettled': 'let it settle or correct it, then release; or change it directly with --direct',
  'stable-drifted': 'declare the running template first (that alone changes nothing), or use --direct',
};
