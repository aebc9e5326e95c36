/** One small app, in every way in which somebody writes it with cdk8s. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Chart, Helm, Include, Testing, Yaml } from 'cdk8s';
import { Deployment, EmptyDirMedium, Ingress, IngressBackend, k8s, type Service, Volume } from 'cdk8s-plus-27';
import type { IConstruct } from 'constructs';
import { isDeployment, type Manifest, type PodTemplate } from 'graylane';
import { Workload } from 'graylane/cdk8s';
import { newFolder } from './fixtures';

const HELM = join(__dirname, '..', 'fixtures', 'helm', 'helm-template');

/** The objects of the app, as constructs where the way of writing has them. */
export interface Shop {
  readonly workload: IConstruct;
  readonly service?: IConstruct;
  readonly ingress?: IConstruct;
}

/** cdk8s-plus, with one of everything that could suffer from being read or written again. */
export function plusShop(
  chart: Chart,
  tag = 'v1',
): Shop & { workload: Deployment; service: Service; ingress: Ingress } {
  const workload = new Deployment(chart, 'web', {
    metadata: { name: 'web', annotations: { team: 'shop' } },
    replicas: 4,
    spread: true,
    podMetadata: { labels: { app: 'web' }, annotations: { 'checksum/config': 'abc' } },
    containers: [{ name: 'web', image: `web:${tag}`, portNumber: 8080, envVariables: { ON: { value: 'yes' } } }],
    volumes: [Volume.fromEmptyDir(chart, 'tmp', 'tmp', { medium: EmptyDirMedium.DEFAULT })],
  });
  const service = workload.exposeViaService({ name: 'web', ports: [{ port: 80, targetPort: 8080, name: 'http' }] });
  const ingress = new Ingress(chart, 'gateway', { metadata: { name: 'web' }, className: 'mse' });
  ingress.addHostRule('shop.example.com', '/', IngressBackend.fromService(service));
  return { workload, service, ingress };
}

/** The same objects as plain manifests. */
export function shopManifests(tag = 'v1'): readonly Manifest[] {
  const known = manifests.get(tag) ?? synthesized(tag);
  manifests.set(tag, known);
  return known;
}

/** The pod template of the shop's Deployment. */
export function shopTemplate(tag = 'v1'): PodTemplate {
  return shopManifests(tag).find(isDeployment)!.spec.template;
}

const manifests = new Map<string, readonly Manifest[]>();

function synthesized(tag: string): Manifest[] {
  const chart = new Chart(Testing.app(), 'shop');
  plusShop(chart, tag);
  return Testing.synth(chart) as Manifest[];
}

export const WAYS: Readonly<Record<string, (chart: Chart, tag?: string) => Shop>> = {
  'cdk8s-plus': plusShop,
  'raw ApiObjects': (chart, tag) => refer(shopManifests(tag).map((manifest) => raw(chart, manifest))),
  'typed imports': (chart, tag) =>
    refer(shopManifests(tag).map((manifest) => TYPED[manifest.kind]?.(chart, manifest) ?? raw(chart, manifest))),
  Include: (chart, tag) => {
    const include = new Include(chart, 'files', { url: yamlFile(tag) });
    return { workload: Workload.in(include, 'web') };
  },
  Helm: (chart, tag) => ({ workload: Workload.in(helmShop(chart, tag), 'web') }),
};

/** A Helm chart; `change` is done to the text of its template. */
export function helmShop(chart: Chart, tag?: string, change = (text: string) => text): Helm {
  const folder = newFolder();
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'templates', 'shop.yaml'), change(Yaml.stringify(...shopManifests(tag))));
  return new Helm(chart, 'shop-chart', { chart: folder, helmExecutable: HELM, releaseName: 'shop' });
}

function yamlFile(tag?: string): string {
  const file = join(newFolder(), 'shop.yaml');
  writeFileSync(file, Yaml.stringify(...shopManifests(tag)));
  return file;
}

function raw(chart: Chart, manifest: Manifest): ApiObject {
  return new ApiObject(chart, `${manifest.kind}-${manifest.metadata.name}`, manifest);
}

function refer(objects: ApiObject[]): Shop {
  const of = (kind: string) => objects.find((object) => object.kind === kind)!;
  return { workload: of('Deployment'), service: of('Service'), ingress: of('Ingress') };
}

/** Classes as `cdk8s import` generates them: typed properties, and a `toJson` of their own. */
const TYPED: Readonly<Record<string, (chart: Chart, manifest: Manifest) => ApiObject>> = {
  Deployment: (chart, manifest) => new k8s.KubeDeployment(chart, 'web', unions(manifest) as object),
  Service: (chart, manifest) => new k8s.KubeService(chart, 'web-service', unions(manifest) as object),
  Ingress: (chart, manifest) => new k8s.KubeIngress(chart, 'web-ingress', unions(manifest) as object),
};

/** Fields that the generator spells in its own way. */
const RENAMED: Readonly<Record<string, string>> = { setHostnameAsFQDN: 'setHostnameAsFqdn' };
const QUANTITIES = new Set(['cpu', 'memory']);

/** The properties of a typed import: a port or a quantity is an object of a class. */
function unions(value: unknown, key = '', parent = ''): unknown {
  if (typeof value === 'number' && (key === 'targetPort' || (key === 'port' && parent === 'tcpSocket')))
    return k8s.IntOrString.fromNumber(value);
  if (typeof value === 'string' && /^\d+%$/.test(value)) return k8s.IntOrString.fromString(value);
  if (typeof value === 'string' && QUANTITIES.has(key)) return k8s.Quantity.fromString(value);
  if (Array.isArray(value)) return value.map((one) => unions(one, '', key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [RENAMED[name] ?? name, unions(field, name, key)]),
  );
}
