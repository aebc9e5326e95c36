import type { Gateway, Supports } from '../lib/core';
import { gateways } from '../lib/gateways';

const NO = '–';

/** One line of the table each. */
const capabilities: Record<string, (gateway: Gateway) => string> = {
  'written on': ({ bases }) => bases.join(', '),
  'headers in a match': ({ supports }) => conditions(supports.headersPerMatch, supports.headers),
  'query parameters in a match': ({ supports }) => conditions(supports.queryParamsPerMatch, supports.queryParams),
  'cookies in a match': ({ supports }) => conditions(supports.cookiesPerMatch, supports.cookies, supports.cookieValues),
  'paths in a match': ({ supports }) => supports.paths.map((type) => NAMES[type]).join(' or ') || "the base's",
  'several kinds in one match': ({ supports }) => yes(supports.mixedConditions),
  'matches in a route': ({ supports }) => String(supports.matches),
  weight: ({ supports }) => yes(supports.weight),
  'weight for what matches nothing': ({ supports }) => yes(supports.weightWithMatches),
  'request headers': ({ supports }) => supports.requestHeaders.join(', ') || NO,
  'regular expressions': ({ supports }) => (hasExpressions(supports) ? supports.expressions : NO),
  'a lane divides by': ({ supports }) =>
    supports.subset ? `subset (\`${supports.subset.tagHeader}\`)` : 'canary Service',
  'routings on one base': ({ supports }) => String(supports.routesPerBase),
  'canary Service': ({ supports }) => supports.backendService,
  'warm-up first': ({ supports }) => yes(supports.warmUp),
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

function conditions(most: number, types: readonly string[], values: readonly string[] = []): string {
  if (most === 0 || types.length === 0) return NO;
  const kinds = values.length > 0 ? values.map((value) => `\`${value}\``) : types.map((type) => NAMES[type] ?? type);
  return `${most}: ${kinds.join(' or ')}`;
}

const NAMES: Record<string, string> = { Exact: 'exact', PathPrefix: 'prefix', RegularExpression: 'regex' };

function hasExpressions({ headers, queryParams, cookies }: Supports): boolean {
  return [headers, queryParams, cookies].some((types) => types.includes('RegularExpression'));
}

function yes(is: boolean): string {
  return is ? 'yes' : NO;
}
