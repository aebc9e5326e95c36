import { type ConditionSupport, type Gateway, isBaseKind, type Supports } from '../lib/core';
import { gateways } from '../lib/gateways';

const NO = '–';

/** Whose headers, where it is not all requests of a route. */
const HEADERS_OF: Record<Supports['route']['requestHeadersOf'], string> = {
  all: '',
  matches: ' (only beside matches)',
  'all, by backend filters': ' (with a weight only where backends can have filters)',
};

/** One line of the table each. */
const capabilities: Record<string, (gateway: Gateway) => string> = {
  'written on': ({ kinds }) =>
    kinds
      .filter(isBaseKind)
      .map(({ kind }) => kind)
      .join(', '),
  'headers in a match': ({ supports }) => conditions(supports.match.headers),
  'query parameters in a match': ({ supports }) => conditions(supports.match.queryParams),
  'cookies in a match': ({ supports }) => conditions(supports.match.cookies),
  'paths in a match': ({ supports }) => supports.match.paths.map((type) => NAMES[type]).join(' or ') || "the base's",
  'several kinds in one match': ({ supports }) => yes(supports.match.mixed),
  'matches in a route': ({ supports: { route } }) =>
    route.ofKind < route.matches ? `${route.matches}: ${route.ofKind} of each kind` : String(route.matches),
  weight: ({ supports }) => yes(supports.route.weight !== 'none'),
  'weight for what matches nothing': ({ supports }) => yes(supports.route.weight === 'beside matches'),
  'request headers': ({ supports: { route } }) =>
    route.requestHeaders.length === 0 ? NO : route.requestHeaders.join(', ') + HEADERS_OF[route.requestHeadersOf],
  "a lane's tag in `baggage`": ({ supports }) => yes(supports.route.requestHeaders.includes('add')),
  'regular expressions': ({ supports }) => (hasExpressions(supports) ? supports.text.expressions : NO),
  'a lane divides by': ({ supports: { canary } }) =>
    canary.subset ? `subset (\`${canary.subset.tagHeader}\`)` : 'canary Service',
  'routings of a Service on one base': ({ supports }) => String(supports.base.routings),
  'canary Service': ({ supports }) => supports.canary.service,
  'warm-up first': ({ supports }) => yes(supports.canary.warmUp),
  'tells when a route is taken up': (gateway) => yes(gateway.takenUp !== undefined),
};

/** What each gateway can do, in Markdown, out of its `supports`. */
export function gatewayTable(): string {
  const all = Object.values(gateways);
  const lines = [
    ['', ...all.map(({ name }) => `\`${name}\``)],
    ['---', ...all.map(() => '---')],
    ...Object.entries(capabilities).map(([title, tell]) => [title, ...all.map(tell)]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function conditions({ most, types, values = [] }: ConditionSupport): string {
  if (most === 0 || types.length === 0) return NO;
  const kinds = values.length > 0 ? values.map((value) => `\`${value}\``) : types.map((type) => NAMES[type] ?? type);
  return `${most}: ${kinds.join(' or ')}`;
}

const NAMES: Record<string, string> = { Exact: 'exact', PathPrefix: 'prefix', RegularExpression: 'regex' };

function hasExpressions({ match }: Supports): boolean {
  const kinds = [match.headers, match.queryParams, match.cookies].map(({ types }) => types);
  return [...kinds, match.paths].some((types) => types.includes('RegularExpression'));
}

function yes(is: boolean): string {
  return is ? 'yes' : NO;
}
