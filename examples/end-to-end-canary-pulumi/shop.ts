import type * as k8s from '@pulumi/kubernetes';

/** The lane's mark on canary pods: service discovery finds the lane's pods by it. */
export const gray = { labels: { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' } };

export function deployment(app: string, image: string): k8s.apps.v1.DeploymentArgs {
  return {
    metadata: { name: app },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [container(app, image)] } },
    },
  };
}

export function service(app: string): k8s.core.v1.ServiceArgs {
  return {
    metadata: { name: app },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

/** All paths of a host, to one Service. */
export function host(name: string, app: string): k8s.types.input.networking.v1.IngressRule {
  const backend = { service: { name: app, port: { number: 80 } } };
  return { host: name, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
}

/** Requests reach a pod when it can answer, and it answers them to the end. */
function container(name: string, image: string): k8s.types.input.core.v1.Container {
  return {
    name,
    image,
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 8080 } },
    lifecycle: { preStop: { sleep: { seconds: 2 } } },
  };
}
