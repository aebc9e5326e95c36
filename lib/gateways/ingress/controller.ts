import {
  CLASS_ANNOTATION,
  ingressClassOf,
  type Around,
  type Manifest,
  type Problem,
  problem,
  type StringMap,
} from '../../core';
import type { Ingress } from './ingress';

/** A system that reads Ingresses, how it is recognised, and which of our gateways write what it reads. */
interface System {
  readonly name: string;
  /** Names that its IngressClass usually has. */
  readonly classes: readonly string[];
  /** What an IngressClass of its says in `spec.controller`. */
  readonly controller: RegExp;
  /** Keys of annotations that nobody else reads. @default - none are known */
  readonly annotations?: RegExp;
  readonly gateways: readonly string[];
}

/** Annotations under `alb.ingress.kubernetes.io/` that AWS's controller has and Alibaba's has not. */
const AWS_ONLY =
  /^alb\.ingress\.kubernetes\.io\/(scheme|subnets|security-groups?(-.*)?|group\.(name|order)|certificate-arn|ssl-policy|target-(type|group-attributes|node-labels|control-port)|load-balancer-(name|attributes)|ip-address-type|inbound-cidrs|tags|waf.*|web-acl-id|shield-.*|success-codes|healthcheck-port|backend-protocol-version|auth-.*|jwt-validation|mutual-authentication|listener-attributes\..*|manage-backend-.*|customer-owned-.*|multi-cluster-.*|minimum-load-balancer-capacity|ipam-.*|(enable-)?frontend-nlb.*|acm-pca-arn|create-acm-cert)$/;

const INGRESS_NGINX = 'ingress-nginx';

const AWS: System = {
  name: 'the AWS Load Balancer Controller',
  classes: ['aws-alb'],
  controller: /^(ingress\.k8s|elbv2\.k8s)\.aws\/|^eks\.amazonaws\.com\//,
  annotations: AWS_ONLY,
  gateways: [],
};

/** Its class has the name of ingress-nginx's. */
const F5: System = {
  name: "F5's NGINX Ingress Controller",
  classes: [],
  controller: /^nginx\.org\//,
  annotations: /^nginx\.(org|com)\//,
  gateways: [],
};

const SYSTEMS: readonly System[] = [
  AWS,
  // Higress and MSE may be told to read Ingresses of the class nginx.
  { name: INGRESS_NGINX, classes: ['nginx'], controller: /ingress-nginx/, gateways: ['nginx', 'mse', 'higress'] },
  { name: 'Higress', classes: ['higress'], controller: /^higress\.io\//, gateways: ['higress', 'mse', 'nginx'] },
  { name: 'MSE', classes: ['mse'], controller: /^mse\./, gateways: ['mse', 'higress', 'nginx'] },
  {
    name: "Alibaba Cloud's or AWS's ALB",
    classes: ['alb'],
    controller: /^ingress\.k8s\.alibabacloud\//,
    gateways: ['alb'],
  },
  { name: 'Istio', classes: ['istio'], controller: /^istio\.io\//, gateways: [] },
  {
    name: 'Traefik',
    classes: ['traefik'],
    controller: /^traefik\.io\//,
    annotations: /^traefik\.ingress\.kubernetes\.io\//,
    gateways: [],
  },
  {
    name: 'Kong',
    classes: ['kong'],
    controller: /konghq\.com\//,
    annotations: /^konghq\.com\//,
    gateways: [],
  },
  {
    name: 'HAProxy',
    classes: ['haproxy'],
    controller: /^haproxy/,
    annotations: /^(haproxy\.(org|com)|haproxy-ingress\.github\.io)\//,
    gateways: [],
  },
  {
    name: 'Contour',
    classes: ['contour'],
    controller: /^projectcontour\.io\//,
    annotations: /^projectcontour\.io\//,
    gateways: [],
  },
  {
    name: 'Cilium',
    classes: ['cilium'],
    controller: /^cilium\.io\//,
    annotations: /^ingress\.cilium\.io\//,
    gateways: [],
  },
  {
    name: 'Google Cloud',
    classes: ['gce', 'gce-internal'],
    controller: /^(k8s\.io\/)?gce|ingress-gce/,
    annotations:
      /^(kubernetes\.io\/ingress\.(global|regional)-static-ip-name|networking\.gke\.io\/(managed-certificates|v1beta1\.FrontendConfig)|ingress\.gcp\.kubernetes\.io\/.*)$/,
    gateways: [],
  },
  {
    name: 'the Application Gateway of Azure',
    classes: ['azure-application-gateway', 'azure/application-gateway'],
    controller: /^azure\/application-gateway/,
    annotations: /^appgw\.ingress\.kubernetes\.io\//,
    gateways: [],
  },
  {
    name: 'the router of OpenShift',
    classes: ['openshift-default', 'openshift'],
    controller: /^openshift\.io\//,
    annotations: /^route\.openshift\.io\//,
    gateways: [],
  },
  { name: 'APISIX', classes: ['apisix'], controller: /^apisix\.apache\.org\//, gateways: [] },
  { name: 'Skipper', classes: ['skipper'], controller: /skipper/, annotations: /^zalando\.org\//, gateways: [] },
  { name: 'Emissary', classes: ['ambassador'], controller: /^getambassador\.io\//, gateways: [] },
  { name: 'ngrok', classes: ['ngrok'], controller: /^k8s\.ngrok\.com\//, gateways: [] },
  { name: 'Tailscale', classes: ['tailscale'], controller: /^tailscale\.com\//, gateways: [] },
  {
    name: 'Pomerium',
    classes: ['pomerium'],
    controller: /^pomerium\.io\//,
    annotations: /^ingress\.pomerium\.io\//,
    gateways: [],
  },
  F5,
];

/** What the gateways of ours read, which says that one of them is meant. */
const OWN = /^(nginx\.ingress\.kubernetes\.io|mse\.ingress\.kubernetes\.io|higress\.io|alb\.ingress\.kubernetes\.io)\//;

interface Told {
  readonly system: System;
  readonly path: string;
  readonly given: string;
}

/** R12: what a gateway writes is read by nobody where another system reads the base. */
export function checkController(gateway: string, base: Ingress, around: Around): Problem[] {
  const told = readerOf(base, around);
  if (told === undefined || told.system.gateways.includes(gateway)) return [];
  const [other] = told.system.gateways;
  const all = `add the IngressClass to the input if ${gateway} reads it all the same`;
  const details = {
    allowed: `an Ingress that ${gateway} reads; this one is read by ${told.system.name}`,
    fix:
      other !== undefined
        ? `name the gateway ${other} as classType, or ${all}`
        : `route on an Ingress of ${gateway}, or on an object of another gateway; ${ingressClassOf(base) === undefined ? `name the class of ${gateway} in spec.ingressClassName, and ` : ''}${all}`,
  };
  return [problem('base-unsuitable', told.path, told.given, details)];
}

/** By the IngressClass, else by the class's name, and by annotations where that leaves it open. */
function readerOf(base: Ingress, { others }: Around): Told | undefined {
  const name = ingressClassOf(base);
  const path = base.spec.ingressClassName === undefined ? annotationPath(CLASS_ANNOTATION) : 'spec.ingressClassName';
  const controller = others.filter(isIngressClass).find(({ metadata }) => metadata.name === name)?.spec?.controller;
  if (controller !== undefined) {
    const system = SYSTEMS.find((one) => one.controller.test(controller));
    return system && { system, path, given: `${name}, of the controller ${controller}` };
  }
  const system = systemOfClass(name);
  const byAnnotation = systemOfAnnotations(base.metadata.annotations ?? {}, system);
  return byAnnotation ?? (system && { system, path, given: name! });
}

/** By the whole name, else by the one that is a part of it: `traefik-internal`. */
function systemOfClass(name: string | undefined): System | undefined {
  if (name === undefined) return undefined;
  const exact = SYSTEMS.find(({ classes }) => classes.includes(name));
  if (exact !== undefined) return exact;
  const parts = name.split(/[-_./]/);
  const named = SYSTEMS.filter(({ classes }) => classes.some((one) => parts.includes(one)));
  return named.length === 1 ? named[0] : undefined;
}

/** Where the class leaves it open, and none of ours is meant. */
function systemOfAnnotations(annotations: StringMap, ofClass: System | undefined): Told | undefined {
  const keys = Object.keys(annotations);
  const isOpen = ofClass === undefined || ofClass.gateways.includes('alb');
  const open = isOpen ? SYSTEMS : ofClass.name === INGRESS_NGINX ? [F5] : [];
  for (const system of open) {
    const key = keys.find((one) => system.annotations?.test(one));
    const isMeant = system === AWS || !keys.some((one) => OWN.test(one));
    if (key !== undefined && isMeant) return { system, path: annotationPath(key), given: annotations[key]! };
  }
  return undefined;
}

function isIngressClass(object: Manifest): object is Manifest & { readonly spec?: { readonly controller?: string } } {
  return object.kind === 'IngressClass' && object.apiVersion.startsWith('networking.k8s.io/');
}

function annotationPath(key: string): string {
  return `metadata.annotations["${key}"]`;
}
