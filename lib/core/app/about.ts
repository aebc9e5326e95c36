import type { About, RouteObject } from '../conditions/condition';
import { leastOfStable } from '../conditions/stable-capacity';
import { defined, type Manifest } from '../manifests/manifest';
import { canaryName } from '../manifests/names';
import type { Stage } from '../release/stages';
import { routedBy } from '../routes/routing';
import { canarySelectorTerms } from './separation';
import type { Member } from './topology';

/** What the two revisions are called. */
export interface RevisionNames {
  readonly stable: string;
  readonly target: string;
}

/** What of a stage's conditions is not in its rollout: the routes that were written, the time, the gate. */
export interface AboutNow extends Partial<Pick<About, 'routeChangedAt' | 'gate'>> {
  /** The most replicas that stable had in this release. @default - the declared ones, or 1 */
  readonly mostOfStable?: number;
  /** Objects that express open routes. */
  readonly routes?: readonly Manifest[];
}

/** What the conditions of a rollout's stage are about. */
export function aboutStage(member: Member, stage: Stage, names: RevisionNames, now: AboutNow = {}): About {
  const { deployment, separation, routing } = member;
  const { namespace, name } = deployment.metadata;
  const inNamespace = defined({ namespace });
  const pods = deployment.spec.selector.matchLabels ?? {};
  const { routes = [], mostOfStable = deployment.spec.replicas ?? 1, ...rest } = now;
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
    leastOfStable: leastOfStable(mostOfStable),
    gateways: [...new Set(routing?.bases.map(({ gateway }) => gateway.name))],
    gracePeriodSeconds: routing?.gracePeriodSeconds ?? 0,
    routes: routes.map((object): RouteObject => ({ object, ...takenUpOf(member, object) })),
    ...rest,
  };
}

/** Gateways that tell of their routes do so on each object. */
function takenUpOf({ routing }: Member, object: Manifest): Pick<RouteObject, 'takenUp'> {
  const gateway = routing && routedBy(routing, object);
  return gateway?.takenUp ? { takenUp: (live) => gateway.takenUp!(live) } : {};
}
