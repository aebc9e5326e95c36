import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../lib/core';
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
