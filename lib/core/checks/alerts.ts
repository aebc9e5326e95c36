import { type Answer, broken, holds, notYet } from '../answer';
import { fieldPath, isJsonObject } from '../manifests/json';
import type { StringMap } from '../manifests/manifest';
import type { AlertsCheck } from '../specs/check';
import type { CheckAbout, CheckKind } from './kind';
import type { HttpQuestion } from './question';
import { readJsonReply } from './reply';
import { addressOf, below } from './source';
import { fillIn } from './variables';

const TIMEOUT_SECONDS = 30;

export const alerts: CheckKind<AlertsCheck> = {
  words: ({ labels }, about) => `no alert with ${labelWords(filledIn(labels, about))} fires`,
  texts: ({ labels }) =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [fieldPath(['labels', name]), value])),
  questions: (terms) => [questionOf(terms)],
  answer: (terms, about, reply) => {
    const read = readJsonReply(reply(questionOf(terms)));
    const { url } = addressOf(terms.source);
    if ('lacks' in read) return notYet(`no word of ${url}: ${read.lacks}`);
    const firing = firingIn[terms.from](read.json);
    if (firing === undefined) return notYet(`no word of ${url}: it does not reply like ${terms.from}`);
    return judged(firing, filledIn(terms.labels, about));
  },
};

function filledIn(labels: StringMap, about?: CheckAbout): StringMap {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, fillIn(value, about)]));
}

/** Prometheus: web/api/v1. Alertmanager: api/v2/openapi.yaml. */
const paths = {
  prometheus: '/api/v1/alerts',
  alertmanager: '/api/v2/alerts?active=true&silenced=false&inhibited=false&unprocessed=false',
} as const;

function questionOf({ source, from }: AlertsCheck): HttpQuestion {
  return { to: 'http', ...below(source, paths[from]), timeoutSeconds: TIMEOUT_SECONDS };
}

/** The labels of each alert that fires; undefined where that is not what was replied. */
const firingIn: Readonly<Record<AlertsCheck['from'], (json: unknown) => StringMap[] | undefined>> = {
  prometheus: (json) => {
    const data = isJsonObject(json) && isJsonObject(json.data) ? json.data.alerts : undefined;
    return labelsOf(data, (alert) => alert.state === 'firing');
  },
  alertmanager: (json) => labelsOf(json, ({ status }) => isJsonObject(status) && status.state === 'active'),
};

function labelsOf(list: unknown, fires: (alert: Record<string, unknown>) => boolean): StringMap[] | undefined {
  if (!Array.isArray(list) || !list.every((alert) => isJsonObject(alert) && isJsonObject(alert.labels)))
    return undefined;
  return (list as Record<string, unknown>[]).filter(fires).map(({ labels }) => labels as StringMap);
}

function judged(firing: readonly StringMap[], labels: StringMap): Answer {
  const fits = firing.filter((alert) => Object.entries(labels).every(([name, value]) => alert[name] === value));
  if (fits.length === 0) return holds(`no alert with ${labelWords(labels)} fires`);
  const names = [...new Set(fits.map(({ alertname = 'without a name' }) => alertname))].sort();
  return broken(`firing with ${labelWords(labels)}: ${names.join(', ')}`);
}

function labelWords(labels: StringMap): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
