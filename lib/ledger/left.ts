import { changesPods, goesOnWith, type Ledger, type Member, type Problem, refuse, revisionOf } from '../core';
import { problem } from './errors';
import { ledgerFile, listLedgers, readLedger } from './folder';

/** A rollout without a ledger that goes on with what a rollout ran which is gone. */
export interface Renamed {
  /** The ledger that is left. */
  readonly file: string;
  /** Whose it is: `Deployment web`. */
  readonly before: string;
  readonly member: Member;
  /** Its Deployment has kept its name. */
  readonly sameWorkload: boolean;
  /** What is declared is not what ran. */
  readonly changes: boolean;
}

/**
 * A rollout and its Deployment under other names have no ledger: they would begin with what is declared.
 * @throws GraylaneError ledger-left, where that is not what ran: it would pass no gate
 */
export function refuseRenamed(folder: string, members: readonly Member[]): void {
  refuse(
    renamed(folder, members)
      .filter(({ changes }) => changes)
      .map(leftProblem),
  );
}

/** The rollouts that go on with what others ran. */
export function renamed(folder: string, members: readonly Member[]): Renamed[] {
  const declared = new Set(members.map(({ spec }) => spec.name));
  const left = listLedgers(folder).filter((name) => !declared.has(name));
  const begun = left.length === 0 ? [] : members.filter(({ spec }) => readLedger(folder, spec.name) === undefined);
  return left.flatMap((name) => {
    const ledger = readLedger(folder, name)!;
    const { workload } = ledger;
    const file = ledgerFile(folder, name);
    const before = workload === undefined ? `rollout ${name}` : `Deployment ${workload}`;
    const stays = members.some(({ deployment }) => deployment.metadata.name === workload);
    return begun.flatMap((member): Renamed[] => {
      const sameWorkload = member.deployment.metadata.name === workload;
      const goesOn = sameWorkload || (!stays && goesOnWith(member.deployment, ledger.templates.stable));
      return goesOn ? [{ file, before, member, sameWorkload, changes: changes(member, ledger, sameWorkload) }] : [];
    });
  });
}

function changes({ deployment }: Member, { stable, templates }: Ledger, sameWorkload: boolean): boolean {
  // Pods of another Deployment have other labels in any case.
  return sameWorkload ? stable !== revisionOf(deployment.spec.template) : changesPods(deployment, templates.stable);
}

function leftProblem({ file, before, member: { spec }, sameWorkload }: Renamed): Problem {
  const fix = sameWorkload
    ? `rename it to ${spec.name}.json`
    : `declare Deployment and rollout under the names that they had; if this is another workload, \`npx graylane record ` +
      `${spec.name}\` begins with what is declared`;
  return problem('ledger-left', file, before, { subject: [`rollout ${spec.name}`], fix });
}
