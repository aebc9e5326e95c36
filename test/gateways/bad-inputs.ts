/** Bases that gateways refuse. */
import { alb } from '../../lib/gateways/alb';
import { resolve } from '../../lib/core';
import type { BadInput } from '../bad-input';
import { deployment, ingress, ownRollout, service } from '../core/fixtures';

const ORDER = 'alb.ingress.kubernetes.io/order';
const trafficRoutings = [{ service: 'app', ingress: { classType: 'alb', name: 'app' } }];
const rollout = ownRollout('app', [{ replicas: 1, traffic: '20%' }], { trafficRoutings });
/** On an Ingress of ALB with that order. */
const ordered = (order: string) => {
  const { spec, ...plain } = ingress('app');
  const metadata = { name: 'app', annotations: { [ORDER]: order } };
  const base = { ...plain, metadata, spec: { ...(spec as object), ingressClassName: 'alb' } };
  return resolve({ objects: [deployment('app'), service('app'), base], lanes: [], rollouts: [rollout] }, { alb });
};

export const badInputs: readonly BadInput[] = [
  {
    code: 'base-unsuitable',
    path: `rollout rollout-app: Ingress app: metadata.annotations["${ORDER}"]`,
    run: () => ordered('1'),
    fixed: () => ordered('3'),
  },
];
