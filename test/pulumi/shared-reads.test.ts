/** Reads that the resources of one update share: how many calls are left, and that none answers with what was before. */
import { describe, expect, test } from 'vitest';
import { type Api, ApiError, type Kind, kinds, type Live, lookingAhead } from '../../lib/cluster';
import { sharingLists } from '../../lib/pulumi/host/shared-reads';

const namespace = 'shop';

/** A server with a number that every write raises, and calls that are answered when the test says. */
function server() {
  let version = 0;
  const calls: string[] = [];
  const open: (() => void)[] = [];
  const object = (kind: string, name: string): Live => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace, uid: name, resourceVersion: `${version}` },
  });
  const names = ['web', 'shop', 'cart', 'stock', 'price', 'mail'];
  const answered = async <T>(call: string, answer: () => T): Promise<T> => {
    calls.push(call);
    const value = answer();
    await new Promise<void>((resolve) => open.push(resolve));
    return value;
  };
  const api = {
    server: 'https://test',
    get: ({ kind, name }) =>
      answered(`get ${kind} ${name}`, () => (names.includes(name) ? object(kind, name) : undefined)),
    list: ({ kind }) => answered(`list ${kind}`, () => names.map((name) => object(kind, name))),
  } as Partial<Api> as Api;
  return {
    api,
    calls,
    write: () => void version++,
    /** Answers all calls, and those that follow from them. */
    answer: async () => {
      for (let idle = 0; idle < 20; idle++) {
        open.splice(0).forEach((resolve) => resolve());
        await Promise.resolve();
      }
    },
  };
}

const versions = (live: readonly Live[]) => [...new Set(live.map(({ metadata }) => metadata.resourceVersion))];

describe('lists', () => {
  test('that are asked for at the same time are one, or two where one is under way', async () => {
    const { api, calls, answer } = server();
    const shared = sharingLists(api);
    const all = Array.from({ length: 50 }, () => shared.list(kinds.service, { namespace }));
    await answer();
    expect(await Promise.all(all)).toHaveLength(50);
    expect(calls).toEqual(['list Service', 'list Service']);
  });

  test('are no older than what asks for them', async () => {
    const { api, write, answer } = server();
    const shared = sharingLists(api);
    const first = shared.list(kinds.service, { namespace });
    write();
    const second = shared.list(kinds.service, { namespace });
    write();
    const third = shared.list(kinds.service, { namespace });
    await answer();
    expect(versions(await first)).toEqual(['0']);
    expect(versions(await second)).toEqual(['2']);
    expect(versions(await third)).toEqual(['2']);
  });

  test.each([
    ['kind', kinds.deployment, { namespace }],
    ['namespace', kinds.service, { namespace: 'other' }],
    ['labels', kinds.service, { namespace, labels: { app: 'web' } }],
    ['name', kinds.service, { namespace, name: 'web' }],
  ])('of another %s are others', async (_, kind, selection) => {
    const { api, calls, answer } = server();
    const shared = sharingLists(api);
    const both = [shared.list(kinds.service, { namespace }), shared.list(kind, selection)];
    await answer();
    await Promise.all(both);
    expect(calls).toHaveLength(2);
  });

  test('that fail are not kept', async () => {
    const failing = { ...server().api, list: () => Promise.reject(new ApiError(500, 'InternalError', 'no')) };
    let api: Api = failing;
    const shared = sharingLists({ ...failing, list: (kind, selection) => api.list(kind, selection) });
    await expect(shared.list(kinds.service, { namespace })).rejects.toThrow('no');
    const good = server();
    api = good.api;
    const list = shared.list(kinds.service, { namespace });
    await good.answer();
    expect(await list).toHaveLength(6);
  });
});

describe('objects that are asked for one by one', () => {
  const names = ['web', 'shop', 'cart', 'stock', 'price', 'mail'];
  const ahead = (given: Api) => {
    let now = 0;
    const reads = lookingAhead(given, { now: () => now });
    return { ...reads, later: (milliseconds: number) => (now += milliseconds) };
  };
  const getAll = async (
    api: Api,
    { answer }: Pick<ReturnType<typeof server>, 'answer'>,
    kind: Kind = kinds.deployment,
  ) => {
    const found: (Live | undefined)[] = [];
    for (const name of names) {
      const one = api.get({ ...kind, name, namespace });
      await answer();
      found.push(await one);
    }
    return found;
  };

  test('are listed from the fourth on', async () => {
    const here = server();
    const { api } = ahead(here.api);
    expect((await getAll(api, here)).map((live) => live?.metadata.name)).toEqual(names);
    expect(here.calls).toEqual(['get Deployment web', 'get Deployment shop', 'get Deployment cart', 'list Deployment']);
  });

  test('are read anew after a write of ours, and after a moment', async () => {
    const here = server();
    const reads = ahead(here.api);
    const { api, later } = reads;
    await getAll(api, here);
    here.write();
    reads.forget();
    expect(versions((await getAll(api, here)).map((live) => live!))).toEqual(['1']);
    here.write();
    later(5000);
    expect(versions((await getAll(api, here)).map((live) => live!))).toEqual(['2']);
  });

  test.each<[Kind, string[], string]>([
    [kinds.configMap, ['get ConfigMap lost'], 'a label may be gone'],
    [kinds.deployment, [], 'all of them are listed'],
  ])('that are not in the list: %o asks %j, for %s', async (kind, calls) => {
    const here = server();
    const { api } = ahead(here.api);
    await getAll(api, here, kind);
    const before = here.calls.length;
    const lost = api.get({ ...kind, name: 'lost', namespace });
    await here.answer();
    expect(await lost).toBeUndefined();
    expect(here.calls.slice(before)).toEqual(calls);
  });

  test('are asked for one by one where nobody may list them', async () => {
    const here = server();
    const { api } = ahead({ ...here.api, list: () => Promise.reject(new ApiError(403, 'Forbidden', 'no')) });
    expect((await getAll(api, here)).map((live) => live?.metadata.name)).toEqual(names);
    expect(here.calls).toHaveLength(6);
  });

  test.each([kinds.service, kinds.event])('only where they are many by nature, and no $kind', async (kind) => {
    const here = server();
    const { api } = ahead(here.api);
    await getAll(api, here, kind);
    expect(here.calls).toHaveLength(6);
  });
});
