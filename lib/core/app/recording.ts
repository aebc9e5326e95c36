import * as v from 'valibot';
import { GraylaneError, problem, refuse } from '../errors';
import { changedFields } from '../manifests/json';
import { defined, type Manifest, type PodTemplate } from '../manifests/manifest';
import { declaredAmong, references } from '../manifests/references';
import { type Revision, revisionOf } from '../manifests/revision';
import { readJson, type Shape } from '../manifests/shape';
import type { Declarations, Member } from './topology';
import type { RolloutPlan } from '../release/transition';

/** What an app declares of one rollout: all that moving its ledger takes. */
export interface RolloutRecording {
  readonly name: string;
  readonly namespace?: string;
  readonly template: PodTemplate;
  readonly revision: Revision;
  /** What the app declares of what the template refers to: `ConfigMap settings`. @default - nobody knows */
  readonly references?: readonly string[];
  readonly stableReplicas?: number;
  /** Workload, steps and routing. */
  readonly plan: RolloutPlan;
  /** What a commit changes is applied in waves, each when the one before is healthy. @default false */
  readonly inWaves?: boolean;
}

/** What an app declares, for the commands. */
export interface AppRecording {
  readonly declarations: Declarations;
  /** Names of the rollouts whose commits are applied in waves. */
  readonly inWaves: readonly string[];
}

/** What a synthesis with `GRAYLANE_RECORD` writes: its apps, by the folder of their ledgers. */
export interface Recording {
  readonly version: 2;
  readonly apps: Readonly<Record<string, AppRecording>>;
}

const listed = v.array(v.looseObject({}));

/** What is checked of a recording; the rest is for whoever wrote it to be right. */
const recordingShape = v.looseObject({
  version: v.literal(2),
  apps: v.record(
    v.string(),
    v.looseObject({
      declarations: v.looseObject({ objects: listed, lanes: listed, rollouts: listed }),
      inWaves: v.array(v.string()),
    }),
  ),
}) as unknown as Shape<Recording>;

/** @throws GraylaneError recording-invalid, for one that another version of graylane has written */
export function parseRecording(json: string): Recording {
  const recording = readJson(recordingShape, json);
  if (recording === undefined) throw new GraylaneError(problem('recording-invalid', '', 'what the app recorded'));
  return recording;
}

/** What the app declares of a rollout. @param objects all that it declares, if that is known */
export function recordingOf(
  { spec, deployment, plan }: Member,
  inWaves?: boolean,
  objects?: readonly Manifest[],
): RolloutRecording {
  const { metadata } = deployment;
  const { template, replicas } = deployment.spec;
  return defined({
    name: spec.name,
    namespace: spec.namespace,
    template,
    revision: revisionOf(template),
    references: objects && declaredAmong(references(template), objects, metadata.namespace),
    stableReplicas: replicas,
    plan,
    inWaves,
  });
}

/** The rollouts of one folder of ledgers. */
interface RecordedFolder {
  readonly folder: string;
  readonly rollouts: readonly RolloutRecording[];
}

/**
 * Compares two recordings of one app: a template that changes on every synthesis would start a release each time.
 * @throws GraylaneError template-unstable, with the rollouts and the fields that change
 */
export function checkStable(first: readonly RecordedFolder[], second: readonly RecordedFolder[]): void {
  const problems = first.flatMap(({ folder, rollouts }) =>
    rollouts.flatMap(({ name, template, revision }) => {
      const again = second.find((other) => other.folder === folder)?.rollouts.find((other) => other.name === name);
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
