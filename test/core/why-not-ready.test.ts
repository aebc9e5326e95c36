import { describe, expect, test } from 'vitest';
import { type About, answerWords, conditions, type Look, type Manifest } from '../../lib/core';
import { podStates, type ReportedDeployment } from '../../lib/core/conditions/deployment-ready';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { selector: {}, template: { spec: { containers: [] } } },
} as unknown as ReportedDeployment;

const ready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
const initializing = { name: 'main', ready: false, state: { waiting: { reason: 'PodInitializing' } } };
const running = { name: 'main', ready: true, state: { running: {} } };

describe('why a pod is not ready', () => {
  test.each<[string, object, string | undefined]>([
    [
      'an init container that fails',
      {
        initContainerStatuses: [
          { name: 'fetch', ready: true, state: { terminated: { reason: 'Completed' } } },
          { name: 'migrate', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
        containerStatuses: [initializing],
      },
      'init container migrate: CrashLoopBackOff',
    ],
    [
      'an init container whose image is not there',
      {
        initContainerStatuses: [{ name: 'migrate', ready: false, state: { waiting: { reason: 'ErrImagePull' } } }],
        containerStatuses: [initializing],
      },
      'init container migrate: ErrImagePull',
    ],
    [
      'an init container that still runs',
      {
        initContainerStatuses: [{ name: 'migrate', ready: false, state: { running: {} } }],
        containerStatuses: [initializing],
      },
      'init container migrate: not ready',
    ],
    [
      'a sidecar among the init containers, beside a container that is ready',
      {
        initContainerStatuses: [{ name: 'proxy', ready: false, state: { running: {} } }],
        containerStatuses: [running],
      },
      'init container proxy: not ready',
    ],
    [
      'a readiness gate',
      {
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'ReadinessGatesNotReady',
            message: 'gate "example.com/up" is not set',
          },
        ],
        containerStatuses: [running],
      },
      'ReadinessGatesNotReady: gate "example.com/up" is not set',
    ],
    [
      'a container that waits',
      { containerStatuses: [{ name: 'main', ready: false, state: { waiting: { reason: 'ContainerCreating' } } }] },
      'ContainerCreating',
    ],
    ['nothing said but the reason', { containerStatuses: [{ ...running, ready: false }] }, 'ContainersNotReady'],
    ['a pod that is ready', { conditions: [{ type: 'Ready', status: 'True' }] }, undefined],
  ])('%s', (_, status, reason) => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1' },
      status: { conditions: [ready], ...status },
    };
    expect(podStates(deployment, [pod as Manifest])).toEqual([{ name: 'web-1', ...(reason && { reason }) }]);
  });
});

describe('what a pod that starts waits for is in its Events', () => {
  const creating = { name: 'main', ready: false, state: { waiting: { reason: 'ContainerCreating' } } };
  const at = (second: number) => `2030-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const event = (second: number, type: string, reason: string, message = '', more: object = {}) => ({
    ...{ type, reason, message, lastTimestamp: at(second) },
    ...more,
  });
  const scheduled = event(1, 'Normal', 'Scheduled', 'Successfully assigned');
  const attach = event(2, 'Warning', 'FailedAttachVolume', 'Multi-Attach error for volume "pvc-1"');
  const mount = event(9, 'Warning', 'FailedMount', 'Unable to attach or mount volumes\nOutput: many lines');
  const sandbox = event(3, 'Warning', 'FailedCreatePodSandBox', 'no network');

  const alone: About['canary'] = { name: 'web', pods: { app: 'web' }, revision: 'v2', atLeast: 1 };
  const about = { canary: alone } as About;

  function told(status: object, events: readonly object[]): string {
    const canary = conditions['canary-ready'];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', uid: 'u1' }, status };
    const first = {
      now: 0,
      found: ({ kind }: Look) => (kind === 'Deployment' ? [deployment] : kind === 'Pod' ? [pod] : []),
    };
    const closer = canary.looksCloser!(about, first).map(({ kind, involved }) => [kind, involved]);
    if (events.length > 0) expect(closer).toEqual([['Event', 'u1']]);
    const found = (look: Look) =>
      look.kind === 'Event' && closer.length > 0 ? (events as Manifest[]) : first.found(look);
    return answerWords(canary.answer(about, { now: 0, found }));
  }

  test.each<[string, object, object[], string]>([
    [
      'a volume that is attached elsewhere',
      { containerStatuses: [creating] },
      [scheduled, attach],
      ': pod web-1 ContainerCreating: FailedAttachVolume: Multi-Attach error for volume "pvc-1"',
    ],
    [
      'each reason once, by its last word, in a line',
      { containerStatuses: [creating] },
      [mount, scheduled, attach, { ...mount, message: 'earlier', lastTimestamp: at(5) }],
      ': pod web-1 ContainerCreating: FailedAttachVolume: Multi-Attach error for volume "pvc-1": FailedMount: Unable to attach or mount volumes',
    ],
    ['a pod without a state', { phase: 'Pending' }, [sandbox], ': pod web-1 FailedCreatePodSandBox: no network'],
    [
      'an init container that has not begun',
      { initContainerStatuses: [{ ...creating, name: 'migrate', state: { waiting: { reason: 'PodInitializing' } } }] },
      [mount],
      ': pod web-1 init container migrate: PodInitializing: FailedMount: Unable to attach or mount volumes',
    ],
    [
      'as newer clients write it',
      { containerStatuses: [creating] },
      [scheduled, { ...sandbox, lastTimestamp: null, eventTime: at(4) }],
      ': pod web-1 ContainerCreating: FailedCreatePodSandBox: no network',
    ],
    [
      'trouble that is over',
      { containerStatuses: [creating] },
      [attach, event(8, 'Normal', 'Pulling', 'Pulling image')],
      ': pod web-1 ContainerCreating',
    ],
    ['nothing that waits silently', { phase: 'Pending' }, [], ''],
  ])('%s', (_, status, events, words) => {
    expect(told(status, events)).toBe(`canary web: 0/1 ready${words}`);
  });

  test.each([
    [
      'a pod that says why',
      { containerStatuses: [{ ...creating, state: { waiting: { reason: 'ImagePullBackOff' } } }] },
    ],
    [
      'a pod that nobody can place',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
    ],
    ['a pod that runs', { containerStatuses: [running], conditions: [ready] }],
    ['a pod that is ready', { conditions: [{ type: 'Ready', status: 'True' }] }],
  ])('%s is not looked at closer', (_, status) => {
    const canary = conditions['canary-ready'];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', uid: 'u1' }, status };
    const found = ({ kind }: Look): readonly Manifest[] => (kind === 'Deployment' ? [deployment] : [pod]);
    expect(canary.looksCloser!(about, { now: 0, found })).toEqual([]);
  });
});
