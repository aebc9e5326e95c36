import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '../../lib/core';
import { folderWith, graylane, objects, sample } from './fixtures';

/** As `kubectl get -o yaml` prints it. */
function live({ metadata, ...object }: Manifest): Manifest {
  const servers = { uid: '1', resourceVersion: '5', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z' };
  const annotations = {
    ...metadata.annotations,
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'deployment.kubernetes.io/revision': '7',
  };
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: {} }];
  return { ...object, metadata: { ...metadata, ...servers, annotations, managedFields }, status: { replicas: 3 } };
}

test.each([[[]], [['--pulumi']]])(
  'objects out of a cluster give the program of those that were declared: %j',
  async (flags) => {
    const texts = sample().map((file) => readFileSync(file, 'utf8'));
    const printed = texts.map((text) =>
      objects(text)
        .map((object) => stringify(live(object)))
        .join('---\n'),
    );
    const folder = folderWith(Object.fromEntries(printed.map((text, i) => [`${i}.yaml`, text])));
    const files = printed.map((_, i) => `${i}.yaml`);
    const { out, err, code } = await graylane(['import', ...flags, ...files], { folder });
    expect(code, err).toBe(0);
    expect(out).toBe((await graylane(['import', ...flags, ...sample()])).out);
  },
);
