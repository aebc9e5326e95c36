/** Policies of the real API server: those that refuse, and those that change what is written, in the place of webhooks. */
import { ApiError } from '../../../lib/cluster';
import type { Manifest } from '../../../lib/core';
import { deployment, service } from '../app';
import { type AdmissionRule, eventually, ingressKind, type Mutation, type World } from '../world';

type Place = Pick<World, 'user' | 'namespace' | 'clock'>;

/** Plural and API group of what a policy is about. */
export type Resources = Readonly<Record<string, string>>;

interface Policy {
  readonly name: string;
  /** Of the policy, and of what binds it. */
  readonly version: 'v1' | 'v1beta1';
  readonly kind: 'ValidatingAdmissionPolicy' | 'MutatingAdmissionPolicy';
  readonly of: Resources;
  readonly spec: object;
}

const PLURALS = { Deployment: 'deployments', Service: 'services', Ingress: 'ingresses' } as const;
const GROUPS = { Deployment: 'apps', Service: '', Ingress: 'networking.k8s.io' } as const;

/** Puts a policy that refuses into force in the namespace. @param asks in CEL */
export async function refuseUnless(world: Place, of: Resources, asks: string, message: string): Promise<void> {
  const spec = { validations: [{ expression: asks, message }] };
  await putInForce(world, {
    name: `asks-${world.namespace}`,
    version: 'v1',
    kind: 'ValidatingAdmissionPolicy',
    of,
    spec,
  });
  await inForce(world, Object.keys(of), isRefused);
}

/** The admission of a scenario. */
export async function admit(world: Place, { kinds, adds, denies }: AdmissionRule): Promise<void> {
  const of = Object.fromEntries(kinds.map((kind) => [PLURALS[kind], GROUPS[kind]]));
  if (denies !== undefined) {
    await refuseUnless(world, of, `!(object.metadata.name in ['${denies}', 'tried'])`, 'no');
  }
  if (adds) {
    const spec = { failurePolicy: 'Fail', reinvocationPolicy: 'Never', mutations: mutations(adds) };
    const name = `adds-${world.namespace}`;
    await putInForce(world, { name, version: 'v1beta1', kind: 'MutatingAdmissionPolicy', of, spec });
    const isThere = Object.keys(adds.annotations ?? { proxy: '' }).map((text) => `"${text}"`);
    await inForce(world, Object.keys(of), async (seen, object) => {
      const written = JSON.stringify(await tryOut(seen, object));
      return isThere.every((text) => written.includes(text));
    });
  }
}

/** In CEL, as an apply of these fields. */
function mutations({ annotations, sidecar }: Mutation): object[] {
  const fields = Object.entries(annotations ?? {}).map(([key, value]) => `"${key}": "${value}"`);
  const noted = `Object{metadata: Object.metadata{annotations: {${fields.join(', ')}}}}`;
  const path = 'Object.spec.template.spec';
  const containers = `[${path}.containers{name: "proxy", image: "${sidecar}"}]`;
  const beside = `Object{spec: Object.spec{template: Object.spec.template{spec: ${path}{containers: ${containers}}}}}`;
  const expressions = [...(annotations ? [noted] : []), ...(sidecar === undefined ? [] : [beside])];
  return expressions.map((expression) => ({
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression },
  }));
}

async function putInForce({ user, namespace }: Place, { name, version, kind, of, spec }: Policy): Promise<void> {
  const apiVersion = `admissionregistration.k8s.io/${version}`;
  const resourceRules = Object.entries(of).map(([plural, apiGroup]) => ({
    apiGroups: [apiGroup],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [plural],
  }));
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const metadata = { name };
  await user.apply({
    apiVersion,
    kind,
    metadata,
    spec: { matchConstraints: { resourceRules, namespaceSelector }, ...spec },
  });
  const bound = { policyName: name, ...(version === 'v1' && { validationActions: ['Deny'] }) };
  await user.apply({ apiVersion, kind: `${kind}Binding`, metadata, spec: bound });
}

const tried: Readonly<Record<string, Manifest>> = {
  deployments: deployment('tried'),
  services: service('tried'),
  ingresses: {
    ...ingressKind,
    metadata: { name: 'tried' },
    spec: { defaultBackend: { service: { name: 'tried', port: { number: 80 } } } },
  },
};

/** The server reads policies a moment after they are written. */
async function inForce(
  world: Place,
  plurals: readonly string[],
  is: (world: Place, object: Manifest) => Promise<boolean>,
): Promise<void> {
  for (const plural of plurals) await eventually(world, 'the policy', () => is(world, tried[plural]!));
}

async function isRefused(world: Place, object: Manifest): Promise<boolean> {
  try {
    await tryOut(world, object);
    return false;
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}

function tryOut({ user, namespace }: Place, object: Manifest) {
  return user.apply({ ...object, metadata: { ...object.metadata, namespace } }, { dryRun: true });
}
