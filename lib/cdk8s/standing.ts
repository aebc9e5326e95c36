import { Construct, type IConstruct } from 'constructs';
import {
  changedFields,
  checkRenamed,
  GraylaneError,
  isDeployment,
  isJsonObject,
  knowsRevision,
  type Ledger,
  type Member,
  naming,
  type PodTemplate,
  refuse,
  revisionOf,
  type StageName,
  type Standing,
  standingAt,
  standingOf,
  templatesOf,
  transition,
} from '../core';
import { declared, objectOf } from './declared';
import { problem } from './errors';
import { checkProps } from './props';
import { ledgerFile, ledgerUnlessAtRest, listLedgers, readLedger } from '../ledger';

/** Where code says that a rollout stands. */
export interface InCode {
  readonly stage: StageName;
  /** Stable's template. @default - the workload's own */
  readonly stable?: PodTemplate;
}

/**
 * The pod template of a workload's construct; another one is given as such.
 * @throws GraylaneError workload-not-found, workload-kind
 */
export function templateOf(given: PodTemplate | IConstruct): PodTemplate {
  checkProps({ stable: given }, { stable: { is: isJsonObject, allowed: 'a pod template, or a workload' } });
  if (!Construct.isConstruct(given)) return given;
  const manifest = declared(objectOf(given, 'workload-not-found', 'stable'));
  if (isDeployment(manifest)) return manifest.spec.template;
  throw new GraylaneError(problem('workload-kind', 'stable', `${manifest.apiVersion} ${manifest.kind}`));
}

/** The standing that code gives by a stage's name; stable's template is the workload's own unless it is given too. */
export function standingInCode(member: Member, { stage, stable }: InCode): Standing {
  const target = member.deployment.spec.template;
  return standingAt(member, stage, { stable: stable ?? target, target });
}

/**
 * The standing that a ledger of the folder says; undefined while no release is under way. The declared template is an
 * event: stable's again is the way back, an edited plan moves the release.
 * @throws GraylaneError ledger-missing, workload-renamed, ledger-behind, ledger-template
 */
export function standingInLedger(member: Member, folder: string): Standing | undefined {
  const { spec, deployment } = member;
  return naming(`rollout ${spec.name}`, () => {
    const { template, replicas } = deployment.spec;
    const ledger = ledgerUnlessAtRest(folder, spec.name, template, spec.workloadRef.name);
    if (ledger === undefined) return undefined;
    refuse(checkRenamed(ledger.workload, member.plan));
    checkTemplate(ledger, template, spec.name, folder);
    if (ledger.release === undefined) return standingAtRest(ledger, member);
    const event = { is: 'declared', template, stableReplicas: replicas } as const;
    return standingOf(transition(ledger, event, member.plan), member);
  });
}

/**
 * The standing of the ledger alone, before what is declared now has moved it: what an app prints that is only recorded,
 * and that writes what it prints by itself. Undefined where there is no ledger yet, or nothing new.
 */
export function standingBefore(member: Member, folder: string): Standing | undefined {
  const ledger = readLedger(folder, member.spec.name);
  if (ledger === undefined) return undefined;
  return ledger.release === undefined ? standingAtRest(ledger, member) : standingOf(ledger, member);
}

/** Stable's template, where another one is declared. */
function standingAtRest(ledger: Ledger, member: Member): Standing | undefined {
  if (ledger.stable === revisionOf(member.deployment.spec.template)) return undefined;
  return standingAt(member, 'start', templatesOf(ledger));
}

/** A release under way whose rollout is gone from the code would never be walked back. */
export function checkOrphans(folder: string, rollouts: ReadonlySet<string>): void {
  for (const name of listLedgers(folder)) {
    if (rollouts.has(name)) continue;
    const release = readLedger(folder, name)?.release;
    if (release !== undefined)
      throw new GraylaneError(problem('ledger-orphan', ledgerFile(folder, name), release.stage));
  }
}

/**
 * The way back needs no declared template: it leads from the ledger's target to the ledger's stable. Nor does what comes
 * after it, as long as the code still declares what the release went back from.
 */
function checkTemplate(ledger: Ledger, template: PodTemplate, rollout: string, folder: string): void {
  const { release } = ledger;
  if (knowsRevision(ledger, revisionOf(template)) || release?.abortedAt !== undefined) return;
  const fields = changedFields(templatesOf(ledger).target, template).join(', ');
  const command = `npx graylane advance ${rollout} --ledger ${folder}`;
  throw new GraylaneError(
    release === undefined
      ? problem('ledger-behind', 'workload.spec.template', `a change of ${fields}`, {
          fix: `run \`${command}\` to begin a release, or change the template back`,
        })
      : problem('ledger-template', 'workload.spec.template', `a change of ${fields}`, {
          fix: `run \`${command}\` to abort the release under way first, or declare its target's template again`,
        }),
  );
}
