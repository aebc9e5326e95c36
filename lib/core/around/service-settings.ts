import { isDoubled, type Prospect, type ServiceTraits } from '../app/prospect';
import { checkOf, type Finding, MEANT, serviceObject } from './check';

/** A word on a Service by which a mesh or a gateway treats its requests. */
interface Setting {
  readonly on: 'labels' | 'annotations';
  readonly keys: RegExp;
  readonly reader: string;
  /** Without it requests go past policies. */
  readonly protects?: boolean;
}

/** Those of load balancers that lead to the Service itself are none: routes are what leads to the canary's. */
const settings: readonly Setting[] = [
  {
    on: 'labels',
    keys: /^istio\.io\/(use-waypoint(-namespace)?|ingress-use-waypoint)$/,
    reader: "Istio's ambient mesh",
    protects: true,
  },
  { on: 'annotations', keys: /^konghq\.com\/plugins$/, reader: 'Kong', protects: true },
  { on: 'annotations', keys: /^konghq\.com\//, reader: 'Kong' },
  { on: 'annotations', keys: /^networking\.istio\.io\/(exportTo|traffic-distribution)$/, reader: 'Istio' },
  {
    on: 'annotations',
    keys: /^(config\.linkerd\.io\/opaque-ports$|(retry|timeout|balancer)\.linkerd\.io\/)/,
    reader: 'Linkerd',
  },
  { on: 'annotations', keys: /^projectcontour\.io\//, reader: 'Contour' },
  {
    on: 'annotations',
    keys: /^((beta\.)?cloud\.google\.com\/(backend-config|app-protocols)|networking\.gke\.io\/app-protocols)$/,
    reader: 'Google Cloud',
  },
  { on: 'annotations', keys: /^traefik\.io\/service\./, reader: 'Traefik' },
];

/** The canary's Service has nothing of the metadata of the user's, unless it is given. */
export const serviceSettings = checkOf({
  name: 'service-settings',
  about:
    "a label or annotation of a Service by which a mesh or a gateway treats its requests, and which the canary's has not",
  effect: 'requests of the canary are treated otherwise; refused where they would go past policies',
  needs: [],
  findings: (prospect) =>
    prospect.services
      .filter((one) => isDoubled(one, prospect) && one.annotations[MEANT.key] !== MEANT.value)
      .flatMap((service) => settings.flatMap((setting) => lacking(setting, service, prospect))),
});

function lacking(setting: Setting, service: ServiceTraits, prospect: Prospect): Finding[] {
  const { on, keys, reader, protects } = setting;
  const given = on === 'labels' ? prospect.canaryServiceLabels : prospect.canaryServiceAnnotations;
  const first = (key: string) => settings.find((one) => one.on === on && one.keys.test(key)) === setting;
  const found = Object.keys(service[on]).filter((key) => keys.test(key) && first(key) && given[key] === undefined);
  return found.map((key) => ({
    object: serviceObject(service),
    ...(protects && { refused: { code: 'canary-left-out' as const, field: `metadata.${on}["${key}"]` } }),
    reason: `has ${key}, by which ${reader} treats its requests, and the canary's Service has not`,
    wayOut: `say it in patchCanaryMetadata.services.${on}, with the value that the canary is to have`,
  }));
}
