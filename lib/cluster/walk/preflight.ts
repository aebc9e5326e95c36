import {
  formatWarning,
  GraylaneError,
  isDeployment,
  outlookOf,
  placesAround,
  type Ledger,
  type Member,
  type Place,
  templatesOf,
  type Warning,
  warningsAround,
} from '../../core';
import { unlessForbidden } from '../objects/foreign';
import { takenOver } from '../objects/renamed';
import type { Engine } from '../port/engine';
import { EngineError } from '../port/failure';
import { kinds } from '../port/kinds';
import type { Api, Live } from '../port/port';
import { refOf } from '../port/port';
import { findRollout, observe } from '../routes/observe';
import type { UpRequest } from '../run/request';
import { type LiveDeployment, type Run, tell } from '../run/run';
import type { Foresight } from './foresee';

/** A warning in words; one that a check found is told as data too. */
interface Told {
  readonly what: string;
  readonly warning?: Warning;
}

/**
 * Looks, before a release begins, at what will go wrong in it, and warns.
 * @param ledger with the release that is about to begin
 * @throws GraylaneError canary-left-out, stable-left-out, readiness-gate
 */
export async function warnBefore(run: Run, ledger: Ledger, live: LiveDeployment): Promise<void> {
  for (const told of await lookAround(run.engine, run.member, templatesOf(ledger), live)) {
    tell(run, { is: 'warning', ...told });
  }
}

/**
 * What `up` will warn of, where it will begin a release; nothing where what the rollout refers to is not there yet.
 * @throws GraylaneError canary-left-out, workload-renamed and others, as `up` will
 */
export async function foreseenWarnings(
  engine: Engine,
  request: UpRequest,
  { walk, record }: Foresight,
): Promise<string[]> {
  const { declarations, namespace, rollout } = request;
  const begun = walk[0]?.release;
  if (record === undefined && !request.direct) return leftBehind(engine, request);
  if (record === undefined || record.ledger.release !== undefined || begun === undefined) return [];
  const found = await unlessMissing(async () => {
    const member = await observe(engine, declarations, findRollout(declarations, namespace, rollout));
    return { member, live: (await engine.api.get(refOf(member.deployment))) as LiveDeployment | undefined };
  });
  if (found?.live === undefined) return [];
  return (await lookAround(engine, found.member, begun.templates, found.live)).map(({ what }) => what);
}

/** What stays of a rollout whose pods a new Deployment takes over. */
async function leftBehind({ api }: Engine, { declarations, namespace, rollout }: UpRequest): Promise<string[]> {
  const { key, spec } = findRollout(declarations, namespace, rollout);
  const { name } = spec.workloadRef;
  const deployment = declarations.objects.filter(isDeployment).find(({ metadata }) => metadata.name === name);
  if (deployment === undefined) return [];
  const live = await api.get({ ...kinds.deployment, name, namespace: key.namespace });
  return live ? [] : takenOver({ api, declarations, key, deployment });
}

async function unlessMissing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof GraylaneError || error instanceof EngineError) return undefined;
    throw error;
  }
}

/** What the checks find in the namespace; a kind that may not be listed is told, and is no reason to stop. */
async function lookAround(
  { api }: Engine,
  member: Member,
  templates: ReturnType<typeof templatesOf>,
  live: LiveDeployment,
): Promise<Told[]> {
  const objects: Live[] = [];
  const forbidden: string[] = [];
  for (const place of placesAround({ ...outlookOf(member, templates.target), ...templates })) {
    const look = async () => void objects.push(...(await objectsAt(api, place)));
    forbidden.push(...(await unlessForbidden(() => look().then(() => []))));
  }
  const warnings = warningsAround(member, templates, objects, { stableReplicas: live.spec.replicas ?? 1 });
  return [
    ...warnings.map((warning) => ({ what: formatWarning(warning), warning })),
    ...forbidden.map((what) => ({ what })),
  ];
}

async function objectsAt(api: Api, { kind, namespace, name }: Place): Promise<Live[]> {
  if (name === undefined) return api.list(kind, { namespace: namespace! });
  const live = await api.get({ ...kind, name });
  return live ? [live] : [];
}
