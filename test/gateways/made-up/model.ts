/** Ferry's own manual: of the lines of a harbour that carry a cargo the one with the highest rank has it. */
import type { Line, Stamp } from './gateway';
import { headersOf, type Model } from '../decision/traffic';

export const ferryModel: Model = (objects, request) => {
  const given = headersOf(request);
  const [line] = objects
    .filter(({ kind }) => kind === 'FerryLine')
    .map(({ spec }) => spec as Line['spec'])
    .filter(({ harbour }) => harbour === request.host)
    .filter(({ cargo }) => Object.entries(cargo).every(([name, value]) => given[name] === value))
    .sort((a, b) => b.rank - a.rank);
  if (line === undefined) return [];
  const stamp = objects.find(({ kind, metadata }) => kind === 'FerryStamp' && metadata.name === line.stamp);
  const total = line.docks.reduce((sum, { share }) => sum + share, 0);
  return line.docks.map(({ service, share }) => ({
    to: service,
    share: share / total,
    headers: { ...given, ...(stamp as Stamp | undefined)?.spec.headers },
    treatment: null,
  }));
};
