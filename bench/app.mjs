import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { CanaryRollout, Ledger, TrafficRoutingLane } from 'graylane/cdk8s';

/** An app that prints these objects. */
export function printing(outdir, manifests) {
  return holding(outdir, manifests).app;
}

/** What somebody has at hand who writes such an app. */
function holding(outdir, manifests) {
  const app = new App({ outdir, yamlOutputType: YamlOutputType.FILE_PER_APP });
  const chart = new Chart(app, 'shop');
  return { app, chart, objects: manifests.map((manifest, i) => new ApiObject(chart, `object-${i}`, manifest)) };
}

/** The same app with a lane, a rollout for each Deployment, and their ledgers. */
export function releasing(outdir, manifests, ledgers) {
  const { app, chart, objects } = holding(outdir, manifests);
  Ledger.fromFolder(app, ledgers);
  const lane = new TrafficRoutingLane(chart, 'lane', {
    objectRef: { service: 'service-0', ingress: { classType: 'mse', name: 'gateway' } },
    matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
    requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
  });
  const workloads = objects.filter(({ kind }) => kind === 'Deployment');
  workloads.forEach((workload, i) => {
    new CanaryRollout(chart, `rollout-${i}`, {
      workload,
      lane,
      steps: [{ replicas: 1 }],
      patchPodTemplateMetadata: { labels: { 'opensergo.io/canary-gray': 'gray' } },
    });
  });
  return app;
}

export function manifestsOf(app) {
  return app.charts.flatMap((chart) => chart.toJson());
}
