/**
 * What stands for `k8s.apps.v1.Deployment`, whose provider cannot be had here: a resource that server-side applies a
 * Deployment by force, under a manager of its own, and deletes it when it goes out of the program.
 */
import type { CustomResource, CustomResourceOptions } from '@pulumi/pulumi';
import { workload } from '../pulumi/fixtures';
import type { Access } from '../stack/access';
import type { Modules } from './project';

export interface PlainDeployment {
  readonly access: Access;
  readonly namespace: string;
  readonly version: string;
}

export function plainDeployment(
  { CustomResource }: Modules['pulumi'],
  name: string,
  { access, namespace, version }: PlainDeployment,
  opts: CustomResourceOptions,
): CustomResource {
  const { metadata, spec } = workload('spring-cloud-a', version);
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, namespace }, spec };
  const url = `${access.server}/apis/apps/v1/namespaces/${namespace}/deployments/${metadata.name}`;
  const props = { url, token: access.token, ca: access.ca, body: JSON.stringify(body), __provider: PROVIDER };
  return new (class extends CustomResource {})('pulumi-nodejs:dynamic/test:Deployment', name, props, opts);
}

/** Runs in the process of dynamic resources, and so is the text of a module. */
const PROVIDER = `
const { request } = require('node:https');

function call(method, { url, token, ca }, body) {
  const query = method === 'PATCH' ? '?fieldManager=pulumi-kubernetes-1a2b3c4d&force=true' : '';
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/apply-patch+yaml' };
  return new Promise((resolve, reject) => {
    const sent = request(url + query, { method, headers, ca }, (response) => {
      response.resume().on('end', () =>
        response.statusCode < 300 ? resolve() : reject(new Error(method + ': ' + response.statusCode)),
      );
    });
    sent.on('error', reject).end(body);
  });
}

exports.handler = () => ({
  diff: async (id, olds, news) => ({ changes: olds.body !== news.body }),
  create: async (inputs) => {
    await call('PATCH', inputs, inputs.body);
    return { id: 'plain', outs: inputs };
  },
  delete: (id, state) => call('DELETE', state),
});
`;
