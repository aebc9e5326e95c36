/** What docs/notifications.md shows is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headersOf } from '../../lib/notify';

const text = readFileSync(join(__dirname, '../../docs/notifications.md'), 'utf8');

type IsGenuine = (headers: Record<string, unknown>, body: string, secret: string, now: number) => boolean;

/** The function that readers copy. */
function fromDocument(): IsGenuine {
  const [, code] = /<!-- verify-notification -->\s+```js\n([\s\S]+?)```/.exec(text)!;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return (new Function('require', `${code}; return isGenuine;`) as (load: unknown) => IsGenuine)(require);
}

test('its way to verify a signature takes what is sent, and nothing that was changed, is old, or has another secret', () => {
  const isGenuine = fromDocument();
  const now = 1_800_000_000_000;
  for (const secret of ['whsec_plJ3nmyCDGBKInavdOK15jsl', 'any text']) {
    const headers = headersOf('msg_1', '{}', secret, now);
    expect(isGenuine(headers, '{}', secret, now)).toBe(true);
    expect(isGenuine(headers, '{} ', secret, now)).toBe(false);
    expect(isGenuine(headers, '{}', `another ${secret}`, now)).toBe(false);
    expect(isGenuine(headers, '{}', secret, now + 301_000)).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-id': 'msg_2' }, '{}', secret, now)).toBe(false);
    expect(isGenuine({}, '{}', secret, now)).toBe(false);
  }
});

test('it has a row for each event', () => {
  const events = ['stage', 'gate', 'approved', 'aborted', 'broken', 'over'];
  expect(events.filter((event) => !text.includes(`| \`release.${event}\` |`))).toEqual([]);
});
