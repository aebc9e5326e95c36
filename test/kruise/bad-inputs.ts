/** Kruise's objects that are refused, and what its objects cannot say. */
import { parseRollout, parseTrafficRouting, printRollout, printTrafficRouting } from '../../lib/kruise';
import type { Manifest } from '../../lib/core';
import type { BadInput } from '../bad-input';
import { joinedRollout, lane } from '../core/fixtures';

const rollout = (canary: object, spec: object = {}, apiVersion = 'rollouts.kruise.io/v1beta1'): Manifest => ({
  apiVersion,
  kind: 'Rollout',
  metadata: { name: 'rollout-a' },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
    strategy: { canary: { enableExtraWorkloadForCanary: true, steps: [{ replicas: 1 }], ...canary } },
    ...spec,
  },
});

const parse = (code: BadInput['code'], path: string, object: Manifest): BadInput => ({
  code,
  path,
  run: () => parseRollout(object),
});

export const badInputs: readonly BadInput[] = [
  parse('field-unknown', 'spec.strategy.canary.stepz', rollout({ stepz: [] })),
  parse('field-type', 'spec.strategy.canary.steps[0].pause', rollout({ steps: [{ replicas: 1, pause: 5 }] })),
  parse('field-missing', 'spec.strategy', rollout({}, { strategy: undefined })),
  parse('kruise-version', 'apiVersion', rollout({}, {}, 'rollouts.kruise.io/v2')),
  parse('kruise-unsupported', 'spec.disabled', rollout({}, { disabled: true })),
  {
    code: 'kruise-version',
    path: 'apiVersion',
    run: () => parseTrafficRouting({ ...printTrafficRouting(lane()), apiVersion: 'rollouts.kruise.io/v2' }),
  },
  { code: 'kruise-lost', path: 'weight', run: () => printTrafficRouting(lane({ weight: 20 })) },
  { code: 'kruise-lost', path: 'hops', run: () => printTrafficRouting(lane({ hops: lane().objectRef })) },
  {
    code: 'kruise-lost',
    path: 'objectRef[0].gateway.grpcRouteName',
    run: () => printTrafficRouting(lane({ objectRef: [{ service: 'a', gateway: { grpcRouteName: 'a' } }] })),
  },
  {
    code: 'kruise-lost',
    path: 'canaryLabel',
    run: () => printRollout({ ...joinedRollout('a', [{ replicas: 1 }]), canaryLabel: 'app' }, 'v1beta1'),
  },
];
