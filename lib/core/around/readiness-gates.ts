import { checkOf } from './check';

interface LoadBalancer {
  readonly name: string;
  /** What its gates are called: this, or this and a name after a slash. */
  readonly gates: readonly string[];
  /** The label of a namespace in which it adds the gate itself, to pods that it leads to. */
  readonly adds?: string;
}

/**
 * Controllers that set a gate once their load balancer leads to the pod. GKE's is not one of them: it marks pods that are in
 * no NEG as ready. Of gates that are not listed nobody knows when they hold.
 */
const loadBalancers: readonly LoadBalancer[] = [
  {
    name: 'the AWS Load Balancer Controller',
    gates: [
      'target-health.elbv2.k8s.aws',
      'target-health.alb.ingress.k8s.aws',
      'target-health.alb.ingress.kubernetes.io',
    ],
    adds: 'elbv2.k8s.aws/pod-readiness-gate-inject: enabled',
  },
  {
    name: 'the AWS Gateway API Controller',
    gates: ['application-networking.k8s.aws', 'aws-application-networking-k8s'],
    adds: 'application-networking.k8s.aws/pod-readiness-gate-inject: enabled',
  },
  {
    name: "Alibaba Cloud's ALB Ingress Controller",
    gates: ['target-health.alb.k8s.alibabacloud', 'target-health.alb.k8s.alicloud'],
  },
  {
    name: "Alibaba Cloud's cloud controller manager",
    gates: ['service.readiness.alibabacloud.com'],
    adds: 'k8s.alibabacloud.com/pod-readiness-gate-inject: enabled',
  },
  {
    name: "Oracle Cloud's native ingress controller",
    gates: ['podreadiness.ingress.oraclecloud.com'],
    adds: 'podreadiness.ingress.oraclecloud.com/pod-readiness-gate-inject: enabled',
  },
];

/** R1: pods apart have a Service that no load balancer leads to until they are ready. */
export const unmetGates = checkOf({
  name: 'readiness-gate',
  about:
    "a readiness gate of the pod template that a load balancer sets once it leads to the pod, where the canary's is apart",
  effect: "refused: the canary's pods would wait for the route, and the route for them",
  needs: [],
  findings: ({ target, separation }) =>
    separation !== 'apart'
      ? []
      : readinessGates(target).flatMap((gate, i) => {
          const balancer = loadBalancerOf(gate);
          if (balancer === undefined) return [];
          const field = `spec.template.spec.readinessGates[${i}].conditionType`;
          return [{ refused: { code: 'readiness-gate', field }, ...told(gate, balancer) }];
        }),
});

function told(gate: string, { name, adds }: LoadBalancer) {
  const instead =
    adds === undefined
      ? 'minReadySeconds gives the load balancer its time as well'
      : `in a namespace with the label ${adds} the controller adds it to the pods that it leads to`;
  return {
    reason: `has the readiness gate ${gate}, which ${name} sets once its load balancer leads to the pod, and no route leads to the canary's pods before they are ready`,
    wayOut: `leave it out of the pod template: ${instead}`,
  };
}

/** Who sets the gate once its load balancer leads to the pod. @returns undefined for all others */
export function loadBalancerOf(gate: string): LoadBalancer | undefined {
  return loadBalancers.find(({ gates }) => gates.some((name) => gate === name || gate.startsWith(`${name}/`)));
}

/** The condition types that a pod, or the pods of a template, wait for. */
export function readinessGates({ spec }: { readonly spec?: unknown }): string[] {
  const { readinessGates: gates = [] } = (spec ?? {}) as { readinessGates?: readonly { conditionType: string }[] };
  return gates.map(({ conditionType }) => conditionType);
}
