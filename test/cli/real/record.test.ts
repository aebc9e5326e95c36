/** The table of the API server's defaults against the API server. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparableTemplate, type PodTemplate, spelledAs, withServerDefaults } from '../../../lib/core';
import type { Cluster } from '../../stack/cluster';
import { clusterForSuite } from '../../stack/suite';
import { templates } from '../pod-templates';

const cluster = clusterForSuite();

/** What the API server makes of a template. */
async function stored({ api }: Cluster, template: PodTemplate): Promise<PodTemplate> {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  };
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  const made = await api.apply<{ spec: { template: PodTemplate } }>(path, object, { dryRun: true });
  return made.spec.template;
}

test('what the API server makes of any template is the declared one', async () => {
  await fc.assert(
    fc.asyncProperty(templates, async (template) => {
      const running = await stored(cluster(), template);
      expect(comparableTemplate(running)).toEqual(comparableTemplate(template));
      expect(spelledAs(template, running)).toEqual(template);
      // Only amounts are written in another way.
      expect(comparableTemplate(withServerDefaults(template))).toEqual(comparableTemplate(running));
    }),
    { numRuns: 200 },
  );
});

test('what runs instead, spelled as declared, is the same to the API server', async () => {
  await fc.assert(
    fc.asyncProperty(templates, templates, async (declared, other) => {
      const running = await stored(cluster(), other);
      expect(await stored(cluster(), spelledAs(declared, running))).toEqual(running);
    }),
    { numRuns: 100 },
  );
});
