import { ApiObject, type App, Chart } from 'cdk8s';
import { Deployment, type Service } from 'cdk8s-plus-27';
import type { PodTemplate, StageName } from 'graylane';
import { CanaryRollout, TrafficRoutingLane } from 'graylane/cdk8s';

export interface SampleProps {
  /** Image of spring-cloud-b that is wanted. */
  readonly image: string;
  /** Stage of its release. @default - no release: the app as it is */
  readonly stage?: StageName;
  /** Template of its revision that runs. @default - the wanted one */
  readonly stable?: PodTemplate;
}

/**
 * gateway -> spring-cloud-a -> spring-cloud-b on Gateway API: an HTTPRoute of the gateway leads to a, one of the mesh (its
 * parent is the Service) to b. The services pass the header `x-lane` on.
 */
export class MeshCanary extends Chart {
  readonly rollout: CanaryRollout;

  constructor(app: App, { image, stage, stable }: SampleProps) {
    super(app, 'shop');
    const a = this.service('spring-cloud-a', 'example.com/shop/spring-cloud-a:v1');
    const b = this.service('spring-cloud-b', image);
    const routeA = this.route('spring-cloud-a', { kind: 'Gateway', name: 'public' }, ['shop.example.com']);
    const routeB = this.route('spring-cloud-b', { group: '', kind: 'Service', name: 'spring-cloud-b', port: 80 });

    const lane = new TrafficRoutingLane(this, 'beta', {
      objectRef: { service: a.service, gateway: { httpRouteName: routeA } },
      hops: [{ service: b.service, gateway: { httpRouteName: routeB } }],
      matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
      requestHeaderModifier: { set: [{ name: 'x-lane', value: 'beta' }] },
    });

    const steps = [{ replicas: 1, pause: {} }];
    new CanaryRollout(this, 'rollout-a', { workload: a.deployment, lane, steps });
    this.rollout = new CanaryRollout(this, 'rollout-b', { workload: b.deployment, lane, steps, stage, stable });
  }

  private route(name: string, parent: object, hostnames?: string[]): ApiObject {
    return new ApiObject(this, `route-${name}`, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name },
      spec: { parentRefs: [parent], hostnames, rules: [{ backendRefs: [{ name, port: 80 }] }] },
    });
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
