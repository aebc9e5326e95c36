import { type App, Chart } from 'cdk8s';
import { Deployment, Ingress, IngressBackend, type Service } from 'cdk8s-plus-27';
import type { PodTemplate, StageName } from 'graylane';
import { CanaryRollout, TrafficRoutingLane } from 'graylane/cdk8s';

/** One of the two services: what runs, and where its release stands. */
export interface ServiceProps {
  /** Image of the revision that is wanted. */
  readonly image: string;
  /** Stage of the release. @default - no release: the app as it is */
  readonly stage?: StageName;
  /** Template of the revision that runs. @default - the wanted one */
  readonly stable?: PodTemplate;
}

export interface SampleProps {
  readonly a: ServiceProps;
  readonly b: ServiceProps;
}

/** The lane's mark on canary pods: service discovery finds the lane's pods by it. */
const gray = { labels: { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' } };

/** gateway -> spring-cloud-a -> spring-cloud-b, with one lane for both: requests with `User-Agent: foo` take it. */
export class EndToEndCanary extends Chart {
  readonly rollouts: { readonly a: CanaryRollout; readonly b: CanaryRollout };

  constructor(app: App, props: SampleProps) {
    super(app, 'shop');
    const a = this.service('spring-cloud-a', props.a.image);
    const b = this.service('spring-cloud-b', props.b.image);

    const gateway = new Ingress(this, 'gateway', {
      metadata: { name: 'spring-cloud-a' },
      className: 'mse',
    });
    gateway.addHostRule('shop.example.com', '/', IngressBackend.fromService(a.service));

    const lane = new TrafficRoutingLane(this, 'mse-traffic', {
      objectRef: { service: a.service, ingress: { classType: 'mse', name: gateway } },
      matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }],
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    });
    const release = (id: string, workload: Deployment, { stage, stable }: ServiceProps) =>
      new CanaryRollout(this, id, {
        workload,
        lane,
        steps: [{ replicas: 1, pause: {} }],
        patchPodTemplateMetadata: gray,
        stage,
        stable,
      });
    this.rollouts = {
      a: release('rollout-a', a.deployment, props.a),
      b: release('rollout-b', b.deployment, props.b),
    };
  }

  private service(name: string, image: string): { deployment: Deployment; service: Service } {
    const deployment = new Deployment(this, name, {
      metadata: { name },
      replicas: 3,
      containers: [{ name, image, portNumber: 8080 }],
    });
    return { deployment, service: deployment.exposeViaService({ name, ports: [{ port: 80, targetPort: 8080 }] }) };
  }
}
