/**
 * Loaded by `node --require`: answers the one request of `cdk8s init` that goes to no registry of packages. It asks for
 * the schema of Kubernetes, to write classes that no program of these tests imports. Here it gets two of its definitions.
 */
const { EventEmitter } = require('node:events');
const https = require('node:https');
const { nextTick } = require('node:process');
const { Readable } = require('node:stream');

const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const schema = {
  definitions: {
    'io.k8s.api.core.v1.Namespace': {
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { $ref: `#/definitions/${metadata}` },
      },
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'Namespace', version: 'v1' }],
    },
    [metadata]: { type: 'object', properties: { name: { type: 'string' } } },
  },
};

const { get } = https;
https.get = (url, ...rest) => {
  if (!/\/kubernetes-schemas\/v[\d.]+\/_definitions\.json$/.test(String(url))) return get(url, ...rest);
  const response = Object.assign(Readable.from([JSON.stringify(schema)], { objectMode: false }), { statusCode: 200 });
  nextTick(rest.at(-1), response);
  return Object.assign(new EventEmitter(), { end() {} });
};
