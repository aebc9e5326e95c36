/** The CRDs that the gateways' projects publish, as files out of their Go modules. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** By module of crds/go.mod, which pins the version. */
const files = {
  'sigs.k8s.io/gateway-api': [
    'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml',
    'config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml',
    'config/crd/standard/gateway.networking.k8s.io_gateways.yaml',
    'config/crd/standard/gateway.networking.k8s.io_gatewayclasses.yaml',
  ],
  'istio.io/api': ['kubernetes/customresourcedefinitions.gen.yaml'],
  'github.com/traefik/traefik/v3': [
    'docs/content/reference/dynamic-configuration/traefik.io_ingressroutes.yaml',
    'docs/content/reference/dynamic-configuration/traefik.io_traefikservices.yaml',
    'docs/content/reference/dynamic-configuration/traefik.io_middlewares.yaml',
  ],
};

interface Downloaded {
  readonly Path: keyof typeof files;
  readonly Dir: string;
}

/** Paths of all of them; modules that are not there yet are downloaded and checked against go.sum. */
export function crdFiles(): string[] {
  const folder = join(__dirname, 'crds');
  const json = execFileSync('go', ['mod', 'download', '-json', ...Object.keys(files)], {
    cwd: folder,
    encoding: 'utf8',
  });
  // One JSON object after the other, each from a brace at the beginning of a line to the next one.
  const modules = json.split(/^(?=\{)/m).map((text) => JSON.parse(text) as Downloaded);
  return modules.flatMap(({ Path, Dir }) => files[Path].map((file) => join(Dir, file)));
}
