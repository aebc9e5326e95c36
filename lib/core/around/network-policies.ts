import { loses } from '../app/canary-policies';
import { sameJson } from '../manifests/json';
import { labelsOf, type LabelSelector, type StringMap } from '../manifests/manifest';
import { matchesSelector } from '../manifests/selector';
import { checkOf, type Finding, type Known, type ObjectKind } from './check';

const objects: readonly ObjectKind[] = [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }];

interface PolicySpec {
  readonly podSelector?: LabelSelector;
  readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: unknown }[];
  readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: unknown }[];
}

interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: unknown;
}

interface Rule {
  /** None: everybody. */
  readonly peers: readonly Peer[];
  readonly ports: unknown;
}

/** A pod that no policy selects may reach everybody, and be reached by everybody. */
export const uncoveredCanary = checkOf({
  name: 'network-policy-pods',
  about: 'a network policy that covers stable pods but not those of the canary',
  effect: 'the canary is open to what stable is closed to',
  objects,
  needs: ['stable'],
  findings: (prospect, { podSelector }: PolicySpec) =>
    leavesOut(podSelector, prospect) && {
      reason: 'covers stable pods but not those of the canary: what it forbids the former, the latter may do',
      wayOut: `let its podSelector select ${both(podSelector!, prospect)}`,
    },
});

/** A policy of others that knows stable by a label that the canary has another value of. */
export const unknownPeer = checkOf({
  name: 'network-policy-peers',
  about: 'a network policy of others whose peers are stable pods but not those of the canary',
  effect: 'they refuse the canary, or do not reach it',
  objects,
  needs: ['stable'],
  findings: (prospect, { ingress = [], egress = [] }: PolicySpec) => [
    ...refused(
      ingress.map(({ from = [], ports }) => ({ peers: from, ports })),
      'ingress from: what it covers refuses requests of the canary, unless another policy lets them in',
      prospect,
    ),
    ...refused(
      egress.map(({ to = [], ports }) => ({ peers: to, ports })),
      'egress to: what it covers does not reach the canary, unless another policy lets it out',
      prospect,
    ),
  ],
});

function refused(rules: readonly Rule[], what: string, prospect: Known<'stable'>): Finding[] {
  const selectors = rules.flatMap(({ peers, ports }) =>
    rules.some((other) => coversPorts(other, ports) && letsIn(other, prospect.canaryLabels))
      ? []
      : peers.flatMap((peer) => (isInside(peer) && leavesOut(peer.podSelector, prospect) ? [peer.podSelector!] : [])),
  );
  if (selectors.length === 0) return [];
  return [
    {
      reason: `names stable pods but not those of the canary in its ${what}`,
      wayOut: `let that podSelector select ${both(selectors[0]!, prospect)}`,
    },
  ];
}

function letsIn({ peers }: Rule, labels: StringMap): boolean {
  return peers.length === 0 || peers.some((peer) => mayMatch(peer, labels));
}

/** Labels of namespaces are not known: where they decide, the peer may be anybody's. */
function mayMatch({ podSelector = {}, ipBlock }: Peer, labels: StringMap): boolean {
  return ipBlock === undefined && matchesSelector(podSelector, labels);
}

/** Surely of the namespace that the workload is in. */
function isInside({ namespaceSelector: selector }: Peer): boolean {
  return selector === undefined || Object.values(selector).every((terms: object) => Object.keys(terms).length === 0);
}

function coversPorts({ ports }: Rule, wanted: unknown): boolean {
  return ports === undefined || sameJson(ports, wanted);
}

/** Where only the canary's own value of a label is the reason, a policy of ours does the same for the canary. */
function leavesOut(
  selector: LabelSelector | undefined,
  { stable, target, canaryLabels: canary }: Known<'stable'>,
): boolean {
  const leaves = matchesSelector(selector, labelsOf(stable)) && !matchesSelector(selector, canary);
  return leaves && !loses(selector, { declared: labelsOf(target), canary });
}

/** What the selector has to say instead, of the labels that pods of both have different values of. */
function both({ matchLabels = {}, matchExpressions = [] }: LabelSelector, prospect: Known<'stable'>): string {
  const [stable, canary] = [labelsOf(prospect.stable), prospect.canaryLabels];
  const keys = new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)]);
  const differing = [...keys].filter((key) => stable[key] !== canary[key]);
  return differing.every((key) => stable[key] !== undefined && canary[key] !== undefined)
    ? differing.map((key) => `${key} in (${stable[key]}, ${canary[key]})`).join(' and ')
    : `pods without looking at ${differing.join(' and ')}`;
}
