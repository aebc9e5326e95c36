import { GraylaneError, type Problem, problem, refuse } from '../core';

/** Where events are sent, and in which form. */
export interface Target {
  readonly url: string;
  /** Without what may be secret in it, for messages. */
  readonly name: string;
  readonly form: 'generic' | 'slack';
}

const SLACK = 'slack+';
const SLACK_HOST = 'hooks.slack.com';

/**
 * Webhooks as people write them: URLs, those of Slack's form with `slack+` before them; at Slack itself it can be left out.
 * @param path what they were given as
 * @throws GraylaneError notify-invalid; it never shows the text, which may be a secret
 */
export function parseTargets(texts: readonly string[], path: string): Target[] {
  const wrong: Problem[] = [];
  const targets = texts.flatMap((text): Target[] => {
    try {
      return [parseTarget(text, path)];
    } catch (error) {
      if (!(error instanceof GraylaneError)) throw error;
      wrong.push(...error.problems);
      return [];
    }
  });
  refuse(wrong);
  return targets;
}

function parseTarget(text: string, path: string): Target {
  const bare = text.startsWith(SLACK) ? text.slice(SLACK.length) : text;
  const url = URL.canParse(bare) ? new URL(bare) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.host === '') {
    throw new GraylaneError(problem('notify-invalid', path, `a text of ${text.length} characters`));
  }
  const form = bare !== text || url.hostname === SLACK_HOST ? 'slack' : 'generic';
  return { url: bare, name: url.host, form };
}
