import { defined, type Manifest } from '../manifests/manifest';
import type { Look } from './condition';

type ReportedEvent = Manifest & {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
};

/** The Events of an object. */
export function eventsOf({ metadata: { namespace, uid } }: Manifest): Look {
  return { apiVersion: 'v1', kind: 'Event', involved: String(uid), ...defined({ namespace }) };
}

/** The warnings since the last good news, one of each reason: what is over says nothing of why something waits now. */
export function lastTrouble(events: readonly Manifest[]): string[] {
  const all = (events as readonly ReportedEvent[]).map((event) => ({ ...event, time: timeOf(event) }));
  const good = Math.max(0, ...all.filter(({ type }) => type !== 'Warning').map(({ time }) => time));
  const bad = all.filter(({ type, time }) => type === 'Warning' && time >= good).sort((a, b) => a.time - b.time);
  const words = new Map(bad.map(({ reason = '', message = '' }) => [reason, firstLine(message)]));
  return [...words].map(([reason, message]) => `${reason}: ${message}`);
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: ReportedEvent): number {
  const time =
    series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? (metadata.creationTimestamp as string | undefined);
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

function firstLine(message: string): string {
  return message.trim().split('\n')[0]!;
}
