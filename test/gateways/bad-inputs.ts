/** Bases that gateways refuse. */
import { alb } from '../../lib/gateways/alb';
import { resolve } from '../../lib/core';
import type { BadInput } from '../bad-input';
import { deployment, ingress, ownRollout, service } from '../core/fixtures';

const ORDER = 'alb.ingress.kubernetes.io/order';
const base = { ...ingress('app'), metadata: { name: 'app', annotations: { [ORDER]: '1' } } };
const trafficRoutings = [{ service: 'app', ingress: { classType: 'alb', name: 'app' } }];
const rollout = ownRollout('app', [{ replicas: 1, traffic: '20%' }], { trafficRoutings });

export const badInputs: readonly BadInput[] = [
  {
    code: 'base-unsuitable',
    path: `rollout rollout-app: Ingress app: metadata.annotations["${ORDER}"]`,
    run: () => resolve({ objects: [deployment('app'), service('app'), base], lanes: [], rollouts: [rollout] }, { alb }),
  },
];
