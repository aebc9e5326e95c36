/** A Deployment of cdk8s-plus with an autoscaler: who scales stable is left to it, and what the app patches is kept. */
import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { Deployment, HorizontalPodAutoscaler, Ingress, IngressBackend, Metric, MetricTarget } from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import { CanaryRollout } from '../../lib/cdk8s';
import { deployment, newApp, object, synth } from './fixtures';

function shop(replicas: number | `${number}%`) {
  const app = newApp();
  const chart = new Chart(app, 'shop');
  const image = 'example.com/shop/web:v2';
  const workload = new Deployment(chart, 'web', {
    metadata: { name: 'web' },
    containers: [{ image, portNumber: 8080 }],
  });
  const metrics = [Metric.resourceCpu(MetricTarget.averageUtilization(70))];
  new HorizontalPodAutoscaler(chart, 'scaler', {
    metadata: { name: 'web' },
    target: workload,
    maxReplicas: 9,
    metrics,
  });
  const service = workload.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080 }] });
  const gateway = new Ingress(chart, 'gateway', { metadata: { name: 'web' }, className: 'nginx' });
  gateway.addRule('/', IngressBackend.fromService(service));
  ApiObject.of(workload).addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', 'high'));
  new CanaryRollout(chart, 'rollout', {
    workload,
    stage: 'step-1',
    steps: [{ replicas, traffic: '10%' }],
    trafficRoutings: [{ service, ingress: { classType: 'nginx', name: gateway } }],
  });
  return app;
}

test.each([1, 2, 7])('%i canary pods: stable is scaled by nobody else, and both have the patch', (replicas) => {
  const objects = synth(shop(replicas));
  const [stable, canary] = ['web', 'web-canary'].map((name) => deployment(objects, name).spec);
  expect(stable).not.toHaveProperty('replicas');
  expect(canary!.replicas).toBe(replicas);
  for (const { template } of [stable!, canary!]) expect(template.spec).toMatchObject({ priorityClassName: 'high' });
  const scaled = { scaleTargetRef: { kind: 'Deployment', name: 'web' } };
  expect(object(objects, 'HorizontalPodAutoscaler/web').spec).toMatchObject(scaled);
});

test.each(['1%', '10%', '100%'] as const)('%s of them: nobody can say how many that is', (replicas) => {
  expect(() => synth(shop(replicas))).toThrow(/steps\[0\]\.replicas: .* give the step a number.*\(replicas-unknown\)/);
});
