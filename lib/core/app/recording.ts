import * as v from 'valibot';
import { GraylaneError, problem, refuse } from '../errors';
import { asJson, changedFields } from '../manifests/json';
import { defined, type Manifest, type PodTemplate } from '../manifests/manifest';
import { type Revision, revisionOf } from '../manifests/revision';
import { readJson, type Shape } from '../manifests/shape';
import { type Outlook, outlookOf } from './prospect';
import type { Pause } from '../specs/spec';
import type { StageId } from '../release/stage-id';
import { stages } from '../release/stages';
import type { Member } from './topology';
import type { RolloutPlan } from '../release/transition';

/** What an app declares of one rollout: all that moving its ledger takes. */
export interface RolloutRecording {
  readonly name: string;
  readonly namespace?: string;
  readonly template: PodTemplate;
  readonly revision: Revision;
  readonly stableReplicas?: number;
  /** Workload, steps and routing. */
  readonly plan: RolloutPlan;
  /** What a commit changes is applied in waves, each when the one before is healthy: it may go from gate to gate. */
  readonly inWaves?: boolean;
  readonly stages: readonly StageId[];
  readonly gates: readonly { readonly stage: StageId; readonly step: number; readonly pause: Pause }[];
  /** What the checks of what is around a release look at. @default - recorded by a version without them */
  readonly around?: { readonly outlook: Outlook; readonly objects: readonly Manifest[] };
}

/** What a synthesis with `GRAYLANE_RECORD` writes: its rollouts, by the folder of their ledgers. */
export interface Recording {
  readonly version: 1;
  readonly ledgers: Readonly<Record<string, readonly RolloutRecording[]>>;
}

const text = v.string();

/** What is read of a recording before it moves a ledger; the rest is for whoever wrote it to be right. */
const recordingShape = v.looseObject({
  version: v.literal(1),
  ledgers: v.record(
    text,
    v.array(
      v.looseObject({
        name: text,
        template: v.looseObject({}),
        revision: text,
        plan: v.looseObject({ workloadRef: v.looseObject({ name: text }), steps: v.array(v.looseObject({})) }),
        stages: v.array(text),
        gates: v.array(v.looseObject({ stage: text, step: v.number(), pause: v.looseObject({}) })),
      }),
    ),
  ),
}) as unknown as Shape<Recording>;

/** @throws GraylaneError recording-invalid, for one that another version of graylane has written */
export function parseRecording(json: string): Recording {
  const recording = readJson(recordingShape, json);
  if (recording === undefined) throw new GraylaneError(problem('recording-invalid', '', 'what the app recorded'));
  return recording;
}

/**
 * What the app declares of a rollout.
 * @param objects those around it that are looked at before a release
 */
export function recordingOf(member: Member, inWaves = false, objects: readonly Manifest[] = []): RolloutRecording {
  const { spec, deployment, plan } = member;
  const { template, replicas } = deployment.spec;
  const list = stages(plan);
  const { workloadRef, steps, trafficRoutingRef, trafficRoutings, canaryLabel, lane, supports } = plan;
  return asJson<RolloutRecording>({
    name: spec.name,
    namespace: spec.namespace,
    template,
    revision: revisionOf(template),
    stableReplicas: replicas,
    plan: { workloadRef, steps, trafficRoutingRef, trafficRoutings, canaryLabel, lane, supports },
    inWaves: inWaves || undefined,
    stages: list.map(({ id }) => id),
    gates: list.flatMap(({ id, gate }) => (gate ? [{ stage: id, ...gate }] : [])),
    around: { outlook: outlookOf(member, template), objects: objects.map(specified) },
  });
}

/** The object without what only its owner needs. */
function specified({ apiVersion, kind, metadata: { name, namespace }, spec }: Manifest): Manifest {
  return { apiVersion, kind, metadata: defined({ name, namespace }), spec };
}

/**
 * Compares two recordings of one app: a template that changes on every synthesis would start a release each time.
 * @throws GraylaneError template-unstable, with the rollouts and the fields that change
 */
export function checkStable(first: Recording, second: Recording): void {
  const problems = Object.entries(first.ledgers).flatMap(([folder, rollouts]) =>
    rollouts.flatMap(({ name, template, revision }) => {
      const again = second.ledgers[folder]?.find((other) => other.name === name);
      if (again === undefined || again.revision === revision) return [];
      const fields = changedFields(template, again.template).join(', ');
      return [
        problem('template-unstable', 'workload.spec.template', `a change on every synth of ${fields}`, {
          subject: [`rollout ${name}`],
        }),
      ];
    }),
  );
  refuse(problems);
}
