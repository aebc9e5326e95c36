import { notifier, type Notifier, type NotifierOptions } from './notifier';
import { parseTargets } from './target';

export { bodyOf, headersOf, type Message } from './message';
export { notifier, type Notifier, type NotifierOptions } from './notifier';
export { parseTargets, type Target } from './target';

/**
 * Tells the webhooks that are given; nobody where there are none.
 * @param webhooks separated by blanks, by what they were given as
 * @param secret signs what is sent
 * @throws GraylaneError notify-invalid
 */
export function notifierFor(
  webhooks: Readonly<Record<string, string | undefined>>,
  secret: string | undefined,
): (options: Omit<NotifierOptions, 'targets' | 'secret'>) => Notifier {
  const targets = Object.entries(webhooks).flatMap(([path, texts = '']) =>
    parseTargets(texts.split(/\s+/).filter(Boolean), path),
  );
  return (options) => notifier({ ...options, targets, ...(secret && { secret }) });
}
