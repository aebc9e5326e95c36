import type { About, RouteObject } from '../conditions/condition';
import { defined, type Manifest } from '../manifests/manifest';
import { canaryName } from '../manifests/names';
import { shareOfStable, type Stage } from '../release/stages';
import { routedBy } from '../routes/routing';
import { canarySelectorTerms } from './separation';
import type { Standing } from './render';
import type { Member } from './topology';

/** What the two revisions are called. */
export interface RevisionNames {
  readonly stable: string;
  readonly target: string;
}

/** What of a stage's conditions is not in its rollout: the routes that were written, the time, the gate. */
export interface AboutNow extends Partial<Pick<About, 'routeChangedAt' | 'gate' | 'mostOfStable'>> {
  /** Objects that express open routes. */
  readonly routes?: readonly Manifest[];
}

/** A stage of a release whose steps are not those of the rollout any more, or that was sent to another step. */
export type ToldStage = Stage & Pick<Standing, 'steps' | 'kept'>;

/**
 * What the conditions of a rollout's stage are about.
 * @param now where replicas are declared, that many are the most that stable had
 */
export function aboutStage(member: Member, stage: ToldStage, names: RevisionNames, now: AboutNow = {}): About {
  const { deployment, separation, routing, plan } = member;
  const { route, steps = plan.steps, kept } = stage;
  const { namespace, name } = deployment.metadata;
  const inNamespace = defined({ namespace });
  const pods = deployment.spec.selector.matchLabels ?? {};
  const { routes = [], ...rest } = now;
  return {
    stable: {
      ...inNamespace,
      name: name!,
      pods,
      revision: stage.stable === 'target' ? names.target : names.stable,
      atLeast: 0,
    },
    canary: {
      ...inNamespace,
      name: canaryName(name!),
      pods: { ...pods, ...canarySelectorTerms(separation) },
      revision: names.target,
      atLeast: 1,
    },
    shareOfStable: shareOfStable(route, { ...plan, steps }, kept),
    gateways: [...new Set(routing?.bases.map(({ gateway }) => gateway.name))],
    gracePeriodSeconds: routing?.gracePeriodSeconds ?? 0,
    routes: routes.map((object): RouteObject => ({ object, ...takenUpOf(member, object) })),
    ...rest,
    ...defined({ mostOfStable: deployment.spec.replicas ?? rest.mostOfStable }),
  };
}

/** Gateways that tell of their routes do so on each object. */
function takenUpOf({ routing }: Member, object: Manifest): Pick<RouteObject, 'takenUp'> {
  const gateway = routing && routedBy(routing, object);
  return gateway?.takenUp ? { takenUp: (live) => gateway.takenUp!(live) } : {};
}
