import { type App, Chart } from 'cdk8s';
import { Deployment, Ingress, IngressBackend } from 'cdk8s-plus-27';
import { CanaryRollout } from 'graylane/cdk8s';

export class Shop extends Chart {
  readonly web: Deployment;
  readonly rollout: CanaryRollout;

  constructor(app: App, image: string) {
    super(app, 'shop');
    this.web = new Deployment(this, 'web', {
      metadata: { name: 'web' },
      replicas: 4,
      containers: [{ name: 'web', image, portNumber: 8080 }],
    });
    const service = this.web.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080 }] });
    const gateway = new Ingress(this, 'gateway', { metadata: { name: 'web' }, className: 'nginx' });
    gateway.addHostRule('shop.example.com', '/', IngressBackend.fromService(service));

    this.rollout = new CanaryRollout(this, 'rollout', {
      workload: this.web,
      trafficRoutings: [{ service, ingress: { classType: 'nginx', name: gateway } }],
      steps: [
        { replicas: 1, traffic: '5%' },
        { replicas: '50%', traffic: '50%' },
      ],
    });
  }
}
