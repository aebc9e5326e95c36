/** A kubeconfig that leads to no server: the error says what there is. */
import { expect, test } from 'vitest';
import { connect } from '../../lib/cluster/client/connection';

const kubeconfig = JSON.stringify({
  clusters: [{ name: 'one', cluster: { server: 'https://one.example.com' } }],
  users: [{ name: 'me', user: { token: 'hunter2' } }],
  contexts: [{ name: 'dev', context: { cluster: 'one', user: 'me' } }],
});

test.each([
  [{ kubeconfig }, /no current context; there are: dev\. .*\(unreachable\)$/],
  [{ kubeconfig, context: 'prod' }, /no cluster for the context "prod"; there are: dev\. .*\(unreachable\)$/],
  [{ kubeconfig: '{}' }, /no current context; there are: none\. .*\(unreachable\)$/],
])('%#', async (options, message) => {
  await expect(connect(options)).rejects.toThrow(message);
  await expect(connect(options)).rejects.not.toThrow(/hunter2/);
});

test('one that does, with the namespace of its context', async () => {
  expect(await connect({ kubeconfig, context: 'dev' })).toMatchObject({
    server: 'https://one.example.com',
    namespace: 'default',
  });
});
