/** What other people and tools do to a Deployment in the middle of a release: each of these broke an earlier design. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, kinds, type Live, type LiveDeployment, type Progress, recordName, up } from '../../lib/cluster';
import { type Declarations, type LaneSpec, type Manifest, ROLLOUT_LABEL, type Step } from '../../lib/core';
import { deployment, ingress, joined, lane, laneRollout, service, type Variant, web, webBase } from './app';
import { approvalOf } from './approvals';
import {
  engineOf,
  eventually,
  getDeployment,
  ours,
  release,
  userApplies,
  versions,
  type World,
  type Worlds,
} from './world';

const steps: Step[] = [{ replicas: 1, traffic: '20%' }];
const approve = ['web#1/step-1'];
const otherService = [{ ...web(steps).rollouts[0]!.trafficRoutings![0]!, service: 'other' }];
const webLane: LaneSpec = { ...lane, objectRef: web(steps).rollouts[0]!.trafficRoutings! };

export function troubleScenarios({ make }: Worlds): void {
  describe('trouble', () => {
    let world: World;
    beforeEach(async () => {
      world = await make();
      await userApplies(world, webBase);
    });

    test('R1 a canary whose only ready pod is of an older template is not ready, whatever Available says', async () => {
      const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
      const lenient: Variant = { replicas: 1, spec: { strategy: { type: 'RollingUpdate', rollingUpdate } } };
      await release(world, web(steps, lenient));
      await release(world, web(steps, { ...lenient, version: 'v2' }));
      const canary = await getDeployment(world, 'web-canary');
      await world.user.patch(refTo('web-canary'), templateChange(canary, 'unready'));
      await eventually(world, 'the unready pod', async () =>
        (await versions(world, { app: 'web-canary' })).includes('unready'),
      );
      const available = (await getDeployment(world, 'web-canary')).status?.conditions?.find(
        ({ type }) => type === 'Available',
      );
      expect(available?.status).toBe('True');
      // The same step again: v2 comes back, and only then does the run go on.
      await release(world, web(steps, { ...lenient, version: 'v2' }));
      await eventually(world, 'v2 alone', async () => (await versions(world, { app: 'web-canary' })).join() === 'v2');
    });

    test('R1 a canary of 0 replicas is not ready', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await world.user.patch(refTo('web-canary'), { spec: { replicas: 0 } });
      await eventually(world, 'no canary pod', async () => (await versions(world, { app: 'web-canary' })).length === 0);
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      expect(gate?.step).toBe(1);
      expect(await versions(world, { app: 'web-canary' })).toEqual(['v2']);
    });

    test('a field that the user removes after adoption goes away', async () => {
      const declared = deployment('web', { spec: { minReadySeconds: 1 } });
      await clientSideApply(declared);
      await expect(release(world, web(steps))).rejects.toMatchObject({ code: 'adoption-needed' });
      const pods = await podNames();
      await release(world, web(steps, { spec: { minReadySeconds: 1 } }), { adopt: true });
      expect(await podNames()).toEqual(pods);
      await release(world, web(steps));
      expect((await getDeployment(world, 'web')).spec.minReadySeconds ?? 0).toBe(0);
    });

    test('adoption warns of what the canary would lack, by its path, and not of the defaults of a server', async () => {
      const { template } = deployment('web').spec;
      const spec = { ...(template.spec as object), terminationGracePeriodSeconds: 45 };
      await clientSideApply(deployment('web', { spec: { template: { ...template, spec } } }));
      const told: Progress[] = [];
      await up(engineOf(world, told), { declarations: web(steps), namespace: world.namespace, adopt: true });
      const warnings = told.flatMap((line) => (line.is === 'warning' ? line.what : []));
      expect(warnings).toEqual([
        expect.stringMatching(
          /not declared, set by \S+: spec\.template\.spec\.terminationGracePeriodSeconds; the canary/,
        ),
      ]);
    });

    test('R5 adoption takes away what is left of a release whose ledger is lost', async () => {
      const v1 = web(steps);
      await release(world, v1);
      await release(world, web(steps, { version: 'v2' }));
      const { namespace, user } = world;
      await user.delete({ ...kinds.configMap, name: recordName('web'), namespace });
      await user.patch({ ...kinds.deployment, name: 'web', namespace }, { spec: { paused: null } });
      await release(world, v1, { adopt: true });
      expect(await ours(world)).toEqual([]);
    });

    test('adoption of another template than the running one is refused, and names the fields', async () => {
      await clientSideApply(deployment('web'));
      const refused = release(world, web(steps, { version: 'v2' }), { adopt: true });
      await expect(refused).rejects.toMatchObject({ code: 'adoption-differs' });
      await expect(refused).rejects.toThrow(/spec\.template\.spec\.containers\[0\]\.image/);
      // R16: names, never values.
      await expect(refused).rejects.not.toThrow(/registry\.example\.com/);
      expect(
        (await getDeployment(world, 'web')).metadata.managedFields?.some(({ manager }) => manager === 'graylane'),
      ).toBe(false);
    });

    test('R9 replicas that the user leaves to an autoscaler keep their value, and are not ours any more', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { replicas: null }));
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(3);
      await world.user.patch(refTo('web'), { spec: { replicas: 5 } });
      const { gate } = await release(
        world,
        web([{ replicas: '40%', traffic: '20%' }], { version: 'v2', replicas: null }),
      );
      expect((await getDeployment(world, 'web')).spec.replicas).toBe(5);
      expect((await getDeployment(world, 'web-canary')).spec.replicas).toBe(2);
      await release(world, web([{ replicas: '40%', traffic: '20%' }], { version: 'v2', replicas: null }), {
        approve: [gate!.approval],
      });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2', 'v2', 'v2']);
    });

    test('R9 percentages of replicas that an autoscaler sets, in a plan that is edited and jumped through', async () => {
      const percent = (...all: number[]): Step[] => all.map((n) => ({ replicas: `${n}%`, traffic: `${n}%` }));
      const free = (version: string): Variant => ({ version, replicas: null });
      await release(world, web(percent(20), free('v1')));
      await world.user.patch(refTo('web'), { spec: { replicas: 10 } });
      const canary = async () => (await getDeployment(world, 'web-canary')).spec.replicas;
      await release(world, web(percent(20, 60), free('v2')));
      expect(await canary()).toBe(2);
      await release(world, web(percent(40, 60), free('v2')));
      expect(await canary()).toBe(4);
      const { gate } = await release(world, web(percent(40, 60), free('v2')), { to: 2 });
      expect([gate?.step, await canary()]).toEqual([2, 6]);
    });

    test('`kubectl rollout undo` after a release: an error that says so, and the old template declared is no release', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await release(world, web(steps, { version: 'v2' }), { approve });
      await world.user.patch(refTo('web'), templateChange(await getDeployment(world, 'web'), 'v1'));
      await settledAt('v1');
      const again = release(world, web(steps, { version: 'v2' }));
      await expect(again).rejects.toMatchObject({ code: 'stable-drifted' });
      await expect(again).rejects.toThrow(/changed by kubectl/);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect((await release(world, web(steps))).stage).toBe('stable');
      expect((await release(world, web(steps, { version: 'v2' }))).gate?.approval).toEqual(approvalOf('web#2/step-1'));
    });

    const metadata = (annotations: object) => ({ metadata: { annotations } });
    const marks: [who: string, template: object][] = [
      ['kubectl rollout restart', metadata({ 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' })],
      ['a panel', metadata({ 'example.com/restarted-by': 'anna' })],
      ['Reloader', metadata({ 'reloader.stakater.com/last-reloaded-from': '{"hash":"5f0c"}' })],
    ];
    test.each(marks)('%s between two releases: no release, and the next one goes its way', async (_, template) => {
      await release(world, web(steps));
      await restartedBy({ spec: { template } });
      const pods = await podNames();
      expect(await release(world, web(steps))).toMatchObject({ stage: 'stable' });
      expect(await podNames()).toEqual(pods);
      expect((await release(world, web(steps, { version: 'v2' }))).gate?.step).toBe(1);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect(await release(world, web(steps, { version: 'v2' }), { approve })).toMatchObject({ stage: 'stable' });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('an environment variable that Reloader sets between two releases: the same', async () => {
      await release(world, web(steps));
      const { template } = deployment('web').spec;
      const { containers } = template.spec as { containers: object[] };
      const env = [{ name: 'STAKATER_SETTINGS_CONFIGMAP', value: '5f0c' }];
      await restartedBy({ spec: { template: { spec: { containers: [{ ...containers[0], env }] } } } });
      expect(await release(world, web(steps))).toMatchObject({ stage: 'stable' });
      await release(world, web(steps, { version: 'v2' }));
      await release(world, web(steps, { version: 'v2' }), { approve });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('R2 a forced re-apply of v2 by another tool in mid-release: stable stays at v1', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await userApplies(world, [deployment('web', { version: 'v2' })]);
      await release(world, web(steps, { version: 'v2' }));
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect(await versions(world, { app: 'web-canary' })).toEqual(['v2']);
      await release(world, web(steps, { version: 'v2' }), { approve });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
      expect(await ours(world)).toEqual([]);
    });

    test('R2 stable recreated with v2 in mid-release: rolled back to v1 before it is paused again', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await world.user.delete(refTo('web'));
      await eventually(world, 'no stable pods', async () => (await versions(world, { app: 'web' })).length === 0);
      await userApplies(world, [deployment('web', { version: 'v2' })]);
      await settledAt('v2');
      const { gate } = await release(world, web(steps, { version: 'v2' }));
      expect(gate?.step).toBe(1);
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1']);
      expect((await getDeployment(world, 'web')).spec.paused).toBe(true);
      await release(world, web(steps, { version: 'v2' }), { approve });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('R5 a resume after the canary died: the route closes, the canary comes back, approvals are kept', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await world.user.delete(refTo('web-canary'));
      const told = await stages(() => release(world, web(steps, { version: 'v2' }), {}, { report: record }));
      expect(told).toEqual(['step-1/unroute', 'step-1/canary', 'step-1/route']);
      await release(world, web(steps, { version: 'v2' }), { approve });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
    });

    test('R8 what volumes of a pod wait for is told by its Events, and nothing where nobody may list them', async () => {
      await release(world, web(steps));
      const { template } = deployment('web', { version: 'v2' }).spec;
      const metadata = { ...template.metadata, annotations: { 'graylane.test/ready-after': '9999s' } };
      const v2 = web(steps, { spec: { template: { ...template, metadata } } });
      await expect(release(world, v2, { timeout: 2 })).rejects.toThrow(/canary web-canary: 0\/1 ready, after/);
      const [pod] = await world.user.list(kinds.pod, { namespace: world.namespace, labels: { app: 'web-canary' } });
      const message = 'Multi-Attach error for volume "pvc-1"';
      const about = {
        type: 'Warning',
        reason: 'FailedAttachVolume',
        message,
        lastTimestamp: new Date(world.clock.now()).toISOString().replace(/\.\d+/, ''),
      };
      await happened(pod!, about);
      const told = /0\/1 ready: pod \S+ FailedAttachVolume: Multi-Attach error for volume "pvc-1", after/;
      await expect(release(world, v2, { timeout: 2 })).rejects.toThrow(told);
      const list: typeof world.api.list = (kind, selection) =>
        kind.kind === 'Event'
          ? Promise.reject(new ApiError(403, 'Forbidden', 'list Events: 403'))
          : world.api.list(kind, selection);
      const api = Object.assign(Object.create(world.api) as typeof world.api, { list });
      await expect(release(world, v2, { timeout: 2 }, { api })).rejects.toThrow(/canary web-canary: 0\/1 ready, after/);
    });

    test('R10 an object with our name and without our label is an error, and stays as it is', async () => {
      await release(world, web(steps));
      await userApplies(world, [service('web-canary', { selector: { other: 'app' } })]);
      await expect(release(world, web(steps, { version: 'v2' }))).rejects.toThrow(/web-canary/);
      const kept = await world.user.get({ ...kinds.service, name: 'web-canary', namespace: world.namespace });
      expect(kept?.spec).toMatchObject({ selector: { other: 'app' } });
    });

    test.each<[what: string, before: readonly Manifest[], declared: Declarations, code: string]>([
      ['for what it refers to', [], web(steps, {}, { trafficRoutings: otherService }), 'object-missing'],
      ['for a Deployment that is there', [deployment('web')], web(steps), 'adoption-needed'],
      ['for its input', [], { ...web(steps), objects: [] }, 'workload-not-found'],
    ])('R6 a first run that is refused %s leaves no Lease', async (_, before, declared, code) => {
      await userApplies(world, before);
      await expect(release(world, declared)).rejects.toThrow(code);
      expect(await world.user.list(kinds.lease, { namespace: world.namespace })).toEqual([]);
    });

    test('R15 a stable that is not settled is refused, and one that never was is replaced directly', async () => {
      const never = release(world, web(steps, { version: 'broken' }), { timeout: 3 });
      await expect(never).rejects.toMatchObject({ code: 'deadline' });
      expect((await release(world, web(steps))).stage).toBe('stable');
      await world.user.patch(refTo('web'), { spec: { paused: true } });
      await expect(release(world, web(steps, { version: 'v2' }))).rejects.toMatchObject({ code: 'stable-paused' });
      await world.user.patch(refTo('web'), { spec: { paused: null } });
    });

    test('R10 what the user changes beside the template in mid-release applies to stable', async () => {
      await release(world, web(steps));
      await release(world, web(steps, { version: 'v2' }));
      await release(world, web(steps, { version: 'v2', replicas: 4, spec: { revisionHistoryLimit: 3 } }));
      const { spec } = await getDeployment(world, 'web');
      expect(spec).toMatchObject({ replicas: 4, revisionHistoryLimit: 3, paused: true });
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1', 'v1']);
    });

    test.each([
      ['routing of its own', web(steps)],
      ['a lane', { ...web(steps), rollouts: [laneRollout('web', 'web')], lanes: [webLane] }],
    ])('a route of another life goes, with %s declared now', async (_, declared) => {
      const { metadata, ...left } = ingress('web-canary');
      await userApplies(world, [{ ...left, metadata: { ...metadata, labels: { [ROLLOUT_LABEL]: 'web' } } }]);
      await release(world, declared);
      expect(await ours(world)).toEqual([]);
    });

    test('joined, without any route: the canary shares the Service, and goes at the end', async () => {
      const plain: Step[] = [{ replicas: '34%' }];
      await release(world, joined(plain));
      await release(world, joined(plain, { version: 'v2' }));
      expect(await versions(world, { app: 'web' })).toEqual(['v1', 'v1', 'v1', 'v2', 'v2']);
      await release(world, joined(plain, { version: 'v2' }), { approve });
      expect(await versions(world, { app: 'web' })).toEqual(['v2', 'v2', 'v2']);
      expect(await ours(world)).toEqual([]);
    });

    /** As controllers tell it. */
    async function happened(about: Live, event: object): Promise<void> {
      const { name, namespace, uid } = about.metadata;
      const involvedObject = { ...kinds.pod, name, namespace, uid };
      await world.user.create({ ...kinds.event, metadata: { name: `${name}.1`, namespace }, involvedObject, ...event });
    }

    let lines: string[] = [];
    function record(progress: { is: string; stage?: string }): void {
      if (progress.is === 'stage') lines.push(progress.stage!);
    }

    async function stages(run: () => Promise<unknown>): Promise<string[]> {
      lines = [];
      await run();
      return lines;
    }

    function refTo(name: string) {
      return { ...kinds.deployment, name, namespace: world.namespace };
    }

    /** As `kubectl apply` without --server-side, and `kubectl set image`, leave it: owned by an Update. */
    async function clientSideApply(object: Manifest): Promise<void> {
      await world.user.create({ ...object, metadata: { ...object.metadata, namespace: world.namespace } });
      await settledAt('v1');
    }

    function templateChange({ spec }: LiveDeployment, version: string): object {
      const { containers } = spec.template.spec as { containers: { image: string }[] };
      const changed = containers.map((one) => ({ ...one, image: one.image.replace(/:.*/, `:${version}`) }));
      return { spec: { template: { spec: { containers: changed } } } };
    }

    async function settledAt(version: string): Promise<void> {
      await eventually(world, `${version} everywhere`, async () => {
        const { status = {}, spec } = await getDeployment(world, 'web');
        const running = await versions(world, { app: 'web' });
        return status.availableReplicas === spec.replicas && running.every((one) => one === version);
      });
    }

    /** Somebody changes the template: a rolling update to other pods of the same image. */
    async function restartedBy(change: object): Promise<void> {
      const before = await podNames();
      await world.user.patch(refTo('web'), change);
      await eventually(world, 'other pods', async () => (await podNames()).every((name) => !before.includes(name)));
      await settledAt('v1');
    }

    async function podNames(): Promise<string[]> {
      const pods = await world.user.list(kinds.pod, { namespace: world.namespace, labels: { app: 'web' } });
      return pods.map(({ metadata }) => metadata.name).sort();
    }
  });
}
