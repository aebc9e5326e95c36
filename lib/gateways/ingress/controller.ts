import { type Around, type Manifest, type Problem, problem } from '../../core';
import { CLASS_ANNOTATION, classOf, type Ingress } from './ingress';

/** A system that reads Ingresses, how it is recognised, and which of our gateways write what it reads. */
interface System {
  readonly name: string;
  /** Names that its IngressClass usually has. */
  readonly classes: readonly string[];
  /** What an IngressClass of its says in `spec.controller`. */
  readonly controller: RegExp;
  readonly gateways: readonly string[];
}

const AWS: System = {
  name: 'the AWS Load Balancer Controller',
  classes: ['aws-alb'],
  controller: /^(ingress\.k8s|elbv2\.k8s)\.aws\/|^eks\.amazonaws\.com\//,
  gateways: [],
};

const SYSTEMS: readonly System[] = [
  AWS,
  // Higress and MSE may be told to read Ingresses of the class nginx.
  { name: 'ingress-nginx', classes: ['nginx'], controller: /ingress-nginx/, gateways: ['nginx', 'mse', 'higress'] },
  { name: 'Higress', classes: ['higress'], controller: /^higress\.io\//, gateways: ['higress', 'mse', 'nginx'] },
  { name: 'MSE', classes: ['mse'], controller: /^mse\./, gateways: ['mse', 'higress', 'nginx'] },
  {
    name: "Alibaba Cloud's or AWS's ALB",
    classes: ['alb'],
    controller: /^ingress\.k8s\.alibabacloud\//,
    gateways: ['alb'],
  },
  { name: 'Istio', classes: ['istio'], controller: /^istio\.io\//, gateways: [] },
  { name: 'Traefik', classes: ['traefik'], controller: /^traefik\.io\//, gateways: [] },
  { name: 'Kong', classes: ['kong'], controller: /konghq\.com\//, gateways: [] },
  { name: 'HAProxy', classes: ['haproxy'], controller: /^haproxy/, gateways: [] },
  { name: 'Contour', classes: ['contour'], controller: /^projectcontour\.io\//, gateways: [] },
  { name: 'Cilium', classes: ['cilium'], controller: /^cilium\.io\//, gateways: [] },
  { name: 'Google Cloud', classes: ['gce', 'gce-internal'], controller: /^(k8s\.io\/)?gce|ingress-gce/, gateways: [] },
  {
    name: 'the Application Gateway of Azure',
    classes: ['azure-application-gateway', 'azure/application-gateway'],
    controller: /^azure\/application-gateway/,
    gateways: [],
  },
  { name: "F5's NGINX Ingress Controller", classes: [], controller: /^nginx\.org\//, gateways: [] },
];

/** Annotations under `alb.ingress.kubernetes.io/` that AWS's controller has and Alibaba's has not. */
const AWS_ONLY =
  /^alb\.ingress\.kubernetes\.io\/(scheme|subnets|security-groups?(-.*)?|group\.(name|order)|certificate-arn|ssl-policy|target-(type|group-attributes|node-labels|control-port)|load-balancer-(name|attributes)|ip-address-type|inbound-cidrs|tags|waf.*|web-acl-id|shield-.*|success-codes|healthcheck-port|backend-protocol-version|auth-.*|jwt-validation|mutual-authentication|listener-attributes\..*|manage-backend-.*|customer-owned-.*|multi-cluster-.*|minimum-load-balancer-capacity|ipam-.*|(enable-)?frontend-nlb.*|acm-pca-arn|create-acm-cert)$/;

interface Told {
  readonly system: System;
  readonly path: string;
  readonly given: string;
}

/** R12: what a gateway writes is read by nobody where another system reads the base. */
export function checkController(gateway: string, base: Ingress, around: Around): Problem[] {
  const told = readerOf(base, around);
  if (told === undefined || told.system.gateways.includes(gateway)) return [];
  const others = told.system.gateways;
  const details = {
    allowed: `an Ingress that ${gateway} reads; this one is read by ${told.system.name}`,
    fix:
      others.length > 0
        ? `name the gateway ${others[0]} as classType, or add the IngressClass to the input if ${gateway} reads it all the same`
        : `route on an Ingress of ${gateway}, or on an object of another gateway; add the IngressClass to the input if ${gateway} reads it all the same`,
  };
  return [problem('base-unsuitable', told.path, told.given, details)];
}

/** By the IngressClass, else by the class's name, and by annotations where that leaves it open. */
function readerOf(base: Ingress, { others }: Around): Told | undefined {
  const name = classOf(base);
  const path = base.spec.ingressClassName === undefined ? annotationPath(CLASS_ANNOTATION) : 'spec.ingressClassName';
  const controller = others.filter(isIngressClass).find(({ metadata }) => metadata.name === name)?.spec?.controller;
  if (controller !== undefined) {
    const system = SYSTEMS.find((one) => one.controller.test(controller));
    return system && { system, path, given: `${name}, of the controller ${controller}` };
  }
  const system = SYSTEMS.find(({ classes }) => name !== undefined && classes.includes(name));
  if (system === undefined || system.gateways.includes('alb')) {
    const annotation = Object.keys(base.metadata.annotations ?? {}).find((key) => AWS_ONLY.test(key));
    if (annotation !== undefined) {
      return { system: AWS, path: annotationPath(annotation), given: base.metadata.annotations![annotation]! };
    }
  }
  return system && { system, path, given: name! };
}

function isIngressClass(object: Manifest): object is Manifest & { readonly spec?: { readonly controller?: string } } {
  return object.kind === 'IngressClass' && object.apiVersion.startsWith('networking.k8s.io/');
}

function annotationPath(key: string): string {
  return `metadata.annotations["${key}"]`;
}
