import { errorCodes as core, problemsOf } from '../core';

/** What can be wrong with a folder of ledgers. */
export const errorCodes = {
  'ledger-missing': {
    allowed: 'a ledger for every rollout',
    fix: 'run `npx graylane record` once: it writes the ledger of the revision that runs',
  },
  'ledger-left': {
    says: 'it is of %, and its rollout is gone',
    allowed: 'the names that Deployment and rollout had: under others what is declared is made at once, without a gate',
    fix: 'declare Deployment and rollout under the names that they had',
  },
  'file-unreadable': {
    says: 'it cannot be read (%)',
    allowed: 'a ledger that can be read',
    fix: 'let this user read it',
  },
} as const;

export const problem = problemsOf({ ...core, ...errorCodes });
