import type { Match, RouteSpec, ValueMatch } from '../specs/spec';
import { defined, type Manifest, objectKey } from '../manifests/manifest';
import { canaryName } from '../manifests/names';
import { entryOf } from '../specs/baggage';
import { laneRouteSpec, tagWords } from '../specs/lane';
import { canaryReplicas } from '../specs/replicas';
import { render, type Standing, type Standings } from '../app/render';
import { assumptionsOf } from '../routes/possible-routes';
import { hopRoute, stepRoute } from '../routes/route';
import { type ConditionName, conditions, gateConditions } from '../conditions';
import { checksWords } from '../conditions/checks-hold';
import type { Templates } from '../release/ledger';
import type { StageId } from '../release/stage-id';
import { type Gate, holdsRoute, type Stage, stages, stepOfRoute } from '../release/stages';
import type { Member, Topology } from '../app/topology';
import { aboutStage, type RevisionNames, type ToldStage } from '../app/about';
import { type Change, changesBetween } from './changes';

/** Whose pods answer which requests. */
export interface Audience {
  /** Which requests, in words: `User-Agent: foo`, `20% of the requests`, `everyone else`. */
  readonly requests: string;
  /** The revision that they get: `v1`, `v2`, or the first and the last one while a rolling update runs. */
  readonly revisions: readonly string[];
  readonly pods: 'stable' | 'canary';
  /** Share of all requests in percent, where it is known. */
  readonly share?: number;
  /** On what it depends that is not known, in words. @default - it is so */
  readonly notes?: readonly string[];
}

const UNKNOWN_SERVICE = 'no Service that is given selects these pods: who reaches them is not known';

/** One stage as it is told to people. */
export interface StoryboardRow {
  readonly stage: StageId;
  /** What is different from the stage before. */
  readonly changes: readonly Change[];
  /** What must hold before the next stage, in words. */
  readonly waitsFor: readonly string[];
  /** Where the release stops after the stage has settled, in words. */
  readonly gate?: string;
  /** Who gets which revision of the workload while the release stands here. */
  readonly audience: readonly Audience[];
}

export interface StoryboardOptions {
  /** Stable's template and the target's. @default - the declared one for both */
  readonly templates?: Templates;
  /** Where the other rollouts stand. @default - all are steady */
  readonly others?: Standings;
  /** The stages to tell. @default - the whole release, from `start` to `stable` */
  readonly stages?: readonly ToldStage[];
  /** What the revisions are called. @default v1 and v2 */
  readonly names?: RevisionNames;
}

/**
 * The release of one rollout, stage by stage. Texts hold names, field paths and the declared routing, and no value of a
 * pod template (R16).
 */
export function storyboard(topology: Topology, member: Member, options: StoryboardOptions = {}): StoryboardRow[] {
  const { template } = member.deployment.spec;
  const {
    templates = { stable: template, target: template },
    others,
    names = { stable: 'v1', target: 'v2' },
  } = options;
  const scope = scopeOf(topology, member);
  const notes = canaryNotes(member, topology.objects);
  const at = (stage: ToldStage) => render(scope, new Map([...(others ?? []), [member, standing(stage, templates)]]));
  let before: { objects: Manifest[]; stage: Stage } | undefined;
  return (options.stages ?? stages(member.plan)).map((stage, i, all) => {
    const after = { objects: at(stage), stage };
    const changes = before ? changesBetween(before, after, (base) => routeWords(base, member, stage), names) : [];
    before = after;
    return defined({
      stage: stage.id,
      changes,
      waitsFor: waitsFor(member, stage, all[i + 1], names),
      gate: stage.gate && gateWords(stage.gate),
      audience: audienceOf(stage, member, names, notes),
    });
  });
}

/** What must hold before the next stage, in words: what the stage comes to, and what the next one needs. */
export function waitsFor(
  member: Member,
  stage: ToldStage,
  next: ToldStage | undefined,
  names: RevisionNames,
): string[] {
  const words = (asked: readonly ConditionName[], at: ToldStage) =>
    asked.flatMap((name) => conditions[name].words(aboutStage(member, at, names)) ?? []);
  return [...words(stage.settled, stage), ...checksWords(stage.checks ?? []), ...(next ? words(next.needs, next) : [])];
}

function standing(stage: ToldStage, templates: Standing['templates']): Standing {
  const { steps, kept } = stage;
  return defined({ stage, templates, steps, kept });
}

/** Only what one rollout can change: an app may have thousands of others. */
function scopeOf({ objects, routings, members }: Topology, member: Member): Topology {
  const own = new Set(member.routing?.bases.map(({ object }) => object));
  const sharing = routings.filter(({ bases }) => bases.some(({ object }) => own.has(object)));
  const users = members.filter((one) => one === member || (one.routing && sharing.includes(one.routing)));
  const concerned = new Set(
    [
      ...users.flatMap(({ deployment, services, policies }) => [
        deployment,
        ...services,
        ...policies.map(({ object }) => object),
      ]),
      ...sharing.flatMap(({ bases }) => bases.map(({ object }) => object)),
    ].map(objectKey),
  );
  return { objects: objects.filter((object) => concerned.has(objectKey(object))), routings: sharing, members: users };
}

function gateWords(stopped: Gate): string {
  const gate = { ...stopped, approved: false };
  return gateConditions(gate)
    .map((name) => conditions[name].words({ gate }))
    .join(', or ');
}

function audienceOf(stage: ToldStage, member: Member, names: RevisionNames, notes: readonly string[]): Audience[] {
  const canary = canaryAudience(stage, member).map(([requests, share]): Audience =>
    defined({
      requests,
      revisions: [names.target],
      pods: 'canary',
      share,
      notes: notes.length > 0 ? notes : undefined,
    }),
  );
  const rest: Audience = {
    requests: canary.length > 0 ? 'everyone else' : 'everyone',
    revisions: stableRevisions(stage, names),
    pods: 'stable',
  };
  return [...canary, rest];
}

/** Stable serves two revisions while its rolling update runs. */
function stableRevisions({ at, stable }: Stage, names: RevisionNames): string[] {
  const rolls = (at.phase === 'promote' || at.phase === 'abort') && at.part === 'stable';
  if (rolls) return at.phase === 'promote' ? [names.stable, names.target] : [names.target, names.stable];
  return [stable === 'target' ? names.target : names.stable];
}

type Requests = readonly [words: string, share?: number];

function canaryAudience(stage: ToldStage, member: Member): Requests[] {
  const route = openRoute(stage, member);
  if (route === undefined) return member.routing ? [] : joinedAudience(stage, member);
  if (isUnreached(member)) return member.services.map(({ metadata }) => [`calls of ${canaryName(metadata.name!)}`]);
  const { matches = [], weight } = route;
  const others = matches.length > 0 ? 'of the other requests' : 'of the requests';
  return [
    ...matches.map((match): Requests => [matchWords(match)]),
    ...(weight === undefined ? [] : [[`${weight}% ${others}`, weight] as const]),
  ];
}

/** What the words of `canaryAudience` do not say. */
function canaryNotes(member: Member, objects: readonly Manifest[]): readonly string[] {
  const { routing, routed, entry, services } = member;
  if (routing === undefined) return services.length > 0 ? [] : [UNKNOWN_SERVICE];
  const assumed = assumptionsOf(member, objects);
  const tag = routing.lane && tagWords(routing.lane);
  if (entry || isUnreached(member) || tag === undefined) return assumed;
  const follow = routed.length > 0 ? '' : ', and calls between services follow it';
  return [`as far as callers pass ${tag} on${follow}`, ...assumed];
}

/** In the lane by its own Service only: no base leads to it, and the gateway does not follow the lane's tag. */
function isUnreached({ separation, routed }: Member): boolean {
  return separation.by === 'apart' && routed.length === 0;
}

/** Without a route the base Services spread requests over all pods. */
function joinedAudience({ canary, at, steps }: ToldStage, { spec, deployment }: Member): Requests[] {
  if (canary === 0 || (at.phase === 'abort' && at.part === 'unroute')) return [];
  const stableReplicas = deployment.spec.replicas;
  const own = canaryReplicas(steps ?? spec.steps, canary, defined({ stableReplicas }));
  if (stableReplicas === undefined) return [[`those that reach the canary's ${own} pods`]];
  const share = Math.round((100 * own) / (own + stableReplicas));
  return [[`about ${share}% of the requests (${own} of ${own + stableReplicas} pods)`, share]];
}

function openRoute({ route, steps, kept }: ToldStage, { spec, routing }: Member): RouteSpec | undefined {
  if (routing?.lane) return holdsRoute(route) ? laneRouteSpec(routing.lane) : undefined;
  const step = routing && stepOfRoute(route, steps ?? spec.steps, kept);
  return step && stepRoute(step, spec.name, '');
}

/** The routes of a base in words, for the objects that express them. */
function routeWords(base: Manifest, member: Member, stage: ToldStage): string[] {
  const { routing, routed } = member;
  const services = routing?.bases.find(({ object }) => objectKey(object) === objectKey(base))?.services ?? [];
  if (stage.route === 'warm') return services.some((service) => routed.includes(service)) ? ['sends nobody yet'] : [];
  const open = openRoute(stage, member);
  if (open === undefined) return [];
  return services.flatMap((service) => {
    if (service === routing!.service) return wordsOf(open);
    return routed.includes(service) ? wordsOf(hopRoute(routing!.lane!, service.metadata.name!, {})) : [];
  });
}

function wordsOf({ matches = [], weight, requestHeaderModifier = {} }: RouteSpec): string[] {
  const { set = [], add = [], remove = [] } = requestHeaderModifier;
  return [
    ...matches.map((match) => `route ${matchWords(match)}`),
    ...(weight === undefined ? [] : [`route ${weight}%`]),
    ...set.map(({ name }) => `sets header ${name}`),
    ...add.map(({ name }) => `adds to header ${name}`),
    ...remove.map((name) => `removes header ${name}`),
  ];
}

/** Which requests a match takes: `User-Agent: foo and cookie beta=always`. */
export function matchWords({ path, headers = [], queryParams = [], cookies = [] }: Match): string {
  return [
    ...(path ? [`path ${path.type === 'RegularExpression' ? `/${path.value}/` : path.value}`] : []),
    ...headers.map((header) => `${header.name}: ${valueWords(header)}`),
    ...queryParams.map((param) => `?${param.name}=${valueWords(param)}`),
    ...cookies.map((cookie) => `cookie ${cookie.name}=${valueWords(cookie)}`),
  ].join(' and ');
}

function valueWords({ type, value }: ValueMatch): string {
  if (type !== 'RegularExpression') return value;
  const entry = entryOf(value);
  return entry === undefined ? `/${value}/` : `an entry ${entry}`;
}
