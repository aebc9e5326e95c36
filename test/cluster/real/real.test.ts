/** All scenarios on a real API server with its controllers, as a user who may do what deploy/rbac.yaml says. */
import { describe, expect, test } from 'vitest';
import { up } from '../../../lib/cluster';
import { allScenarios } from '../all.scenarios';
import { web, webBase } from '../app';
import { engineOf, userApplies } from '../world';
import { apiAs, real } from './world';

const worlds = real();

allScenarios(worlds);

describe('a missing permission', () => {
  test('is an error with the rule to add', async () => {
    const world = await worlds.make();
    const namespace = await worlds.cluster().newNamespace();
    await userApplies(world, webBase, namespace);
    const engine = engineOf({ ...world, api: await apiAs(worlds.cluster(), 'graylane') });
    const refused = up(engine, { declarations: web([{ replicas: 1 }], {}, { trafficRoutings: [] }), namespace });
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
    await expect(refused).rejects.toThrow(
      '{apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get"]}',
    );
  });
});
