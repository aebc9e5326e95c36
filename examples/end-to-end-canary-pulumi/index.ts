import * as k8s from '@pulumi/kubernetes';
import { Config } from '@pulumi/pulumi';
import { CanaryRollout, TrafficRoutingLane } from 'graylane/pulumi';
import { deployment, gray, host, service } from './shop';

const config = new Config();

// The Services and the gateway are as in any other program: a release edits none of them.
const serviceA = new k8s.core.v1.Service('spring-cloud-a', service('spring-cloud-a'));
new k8s.core.v1.Service('spring-cloud-b', service('spring-cloud-b'));
const gateway = new k8s.networking.v1.Ingress('gateway', {
  metadata: { name: 'spring-cloud-a' },
  spec: { ingressClassName: 'mse', rules: [host('shop.example.com', 'spring-cloud-a')] },
});

// Requests with `User-Agent: foo` take the lane, and are marked for the services behind the first one.
const lane = new TrafficRoutingLane('mse-traffic', {
  objectRef: { service: serviceA, ingress: { classType: 'mse', name: gateway } },
  matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
  requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
});

function release(name: string, app: string): CanaryRollout {
  return new CanaryRollout(name, {
    workload: deployment(app, config.require(`${app}-image`)),
    lane,
    steps: [{ replicas: 1, pause: {} }],
    patchPodTemplateMetadata: gray,
  });
}

const a = release('rollout-a', 'spring-cloud-a');
const b = release('rollout-b', 'spring-cloud-b');

export const rolloutA = { stage: a.stage, message: a.message };
export const rolloutB = { stage: b.stage, message: b.message };
