/** What around a base Ingress would make a canary Ingress of ours useless: read by nobody, or not at all. */
import { describe, expect, test } from 'vitest';
import { type Manifest, type Problem, type Route, locationOf } from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { nginx as model } from './decision/nginx';
import { alone, ingress, SERVICE, service } from './fixtures';

const CANARY = `${SERVICE}-canary`;
const PREFIX: Record<string, string> = { alb: 'alb.ingress.kubernetes.io/' };
const prefixOf = (name: string) => PREFIX[name] ?? 'nginx.ingress.kubernetes.io/';
const all = ['mse', 'higress', 'nginx', 'alb'] as const;

const weight: Partial<Route> = { weight: 20 };
const match = (value: string): Partial<Route> => ({ matches: [{ headers: [{ name: 'x-user', value }] }] });
const route = (spec: Partial<Route> = weight): Route => ({
  owner: { rollout: 'a' },
  service: SERVICE,
  to: { service: CANARY },
  ...spec,
});

interface Around {
  readonly base?: Manifest;
  readonly spec?: Partial<Route>;
  readonly others?: readonly Manifest[];
}

function problems(name: string, { base = ingress(), spec, others = [] }: Around): readonly Problem[] {
  return gateways[name]!.checks!(base, route(spec), { ...alone, others });
}

const given = (name: string, around: Around) => problems(name, around).map((one) => [one.code, locationOf(one)]);
const prefixed = (name: string, keys: Record<string, string>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [prefixOf(name) + key, value]));

/** An Ingress to another Service, on the host and path of the base unless others are given. */
function other(
  annotations: Record<string, string>,
  { host = 'shop.example.com', path = '/', to = 'mirror' } = {},
): Manifest {
  const paths = [{ path, pathType: 'Prefix', backend: { service: { name: to, port: { number: 80 } } } }];
  return {
    ...ingress(),
    metadata: { name: 'other', namespace: 'shop', annotations },
    spec: { ingressClassName: 'x', rules: [{ host, http: { paths } }] },
  };
}

describe.each(all)('%s', (name) => {
  const canary = (keys: Record<string, string>, place = {}) =>
    other(prefixed(name, { canary: 'true', ...keys }), place);

  test.each(['true', '1', 'T'])('R12 a base that is a canary itself, by %s, leads nobody to ours', (value) => {
    const base = ingress(prefixed(name, { canary: value, 'canary-weight': '5' }));
    expect(given(name, { base })).toEqual([['base-unsuitable', `metadata.annotations["${prefixOf(name)}canary"]`]]);
  });

  test.each(['false', 'no'])('a base whose annotation is %s is none', (value) => {
    expect(given(name, { base: ingress(prefixed(name, { canary: value })) })).toEqual([]);
  });

  test.each<[string, Record<string, string>, Partial<Route>]>([
    ['by weight, as ours is', { 'canary-weight': '10' }, weight],
    ['by the same header', { 'canary-by-header': 'x-user', 'canary-by-header-value': 'anna' }, match('anna')],
    ['by another header, which a request may have as well', { 'canary-by-header': 'x-team' }, match('anna')],
  ])('R12 a canary Ingress of others on the same host and path, %s', (_, keys, spec) => {
    expect(given(name, { spec, others: [canary(keys)] })).toContainEqual(['base-unsuitable', 'spec.rules']);
  });

  test('one on another host or path, or of another class, is not in the way', () => {
    const keys = { 'canary-weight': '10', order: '1' };
    const foreign = canary(keys);
    const others = [
      canary(keys, { host: 'api.example.com' }),
      canary(keys, { path: '/basket' }),
      { ...foreign, spec: { ...(foreign.spec as object), ingressClassName: 'y' } },
    ];
    for (const one of others) expect(given(name, { others: [one] })).toEqual([]);
  });
});

test.each(['mse', 'higress'])('%s reads several canary Ingresses, where no request could take both', (name) => {
  const user = prefixed(name, { canary: 'true', 'canary-by-header': 'x-user', 'canary-by-header-value': 'anna' });
  expect(given(name, { spec: match('bert'), others: [other(user)] })).toEqual([]);
  expect(given(name, { spec: weight, others: [other(user)] })).toEqual([]);
  expect(given('nginx', { spec: match('bert'), others: [other(user)] })).toHaveLength(1);
});

describe('R12 nginx and the Service of the canary', () => {
  const preview = (place = {}) => other({}, { host: 'preview.example.com', to: CANARY, ...place });
  const named = ['base-unsuitable', 'metadata.name'];

  test.each<[string, Around]>([
    ['an Ingress on a host of its own', { others: [preview()] }],
    ['one on another path', { others: [preview({ host: 'shop.example.com', path: '/preview' })] }],
    ['a canary of others', { others: [other(prefixed('nginx', { canary: 'true' }), { host: 'x.io', to: CANARY })] }],
    [
      'the base itself',
      {
        base: {
          ...ingress(),
          spec: {
            ...(ingress().spec as object),
            defaultBackend: { service: { name: CANARY, port: { number: 80 } } },
          },
        },
      },
    ],
  ])('%s', (_, around) => {
    expect(given('nginx', around)).toContainEqual(named);
  });

  test('the alias of stable likewise', () => {
    const others = [preview({ to: 'web-stable' })];
    expect(given('nginx', { spec: { ...match('a'), owner: { lane: 'b' }, to: 'stable' }, others })).toEqual([named]);
  });

  test('others keep them apart', () => {
    for (const name of ['mse', 'higress']) expect(given(name, { others: [preview()] })).toEqual([]);
  });

  test.each<[string, boolean]>([
    ['older: the canary gets nothing', true],
    ['younger: the preview is gone', false],
  ])('by the model, where the preview is %s', (_, older) => {
    const [base, ours] = gateways.nginx!.write(ingress(), [route()], alone);
    const objects = [service(SERVICE), base!, ...(older ? [preview(), ours!] : [ours!, preview()])];
    const shares = (host: string) =>
      model(objects, { host, path: '/', method: 'GET', headers: {}, query: {}, cookies: {} }).map(({ to, share }) => [
        to,
        share,
      ]);
    expect(shares('shop.example.com')).toEqual(
      older
        ? [[SERVICE, 1]]
        : [
            [SERVICE, 0.8],
            [CANARY, 0.2],
          ],
    );
    expect(shares('preview.example.com')).toEqual(older ? [[CANARY, 1]] : []);
  });
});

describe('R12 who reads the base', () => {
  const ofClass = (ingressClassName: string, annotations = {}): Manifest => ({
    ...ingress(annotations),
    spec: { ...(ingress().spec as object), ingressClassName },
  });
  const ingressClass = (controller: string): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'x' },
    spec: { controller },
  });
  const alb = (key: string) => ({ [`alb.ingress.kubernetes.io/${key}`]: 'some' });

  test.each<[string, string]>([
    ...['istio', 'traefik', 'alb', 'aws-alb', 'kong', 'gce', 'azure/application-gateway'].map(
      (name): [string, string] => ['nginx', name],
    ),
    ['mse', 'traefik'],
    ['higress', 'alb'],
    ['alb', 'nginx'],
    ['alb', 'mse'],
    ['alb', 'aws-alb'],
  ])('%s does not read the class %s', (name, className) => {
    expect(given(name, { base: ofClass(className) })).toEqual([['base-unsuitable', 'spec.ingressClassName']]);
    const annotated = ingress({ 'kubernetes.io/ingress.class': className });
    const { ingressClassName: _, ...spec } = annotated.spec as { ingressClassName: string };
    const path = 'metadata.annotations["kubernetes.io/ingress.class"]';
    expect(given(name, { base: { ...annotated, spec } })).toEqual([['base-unsuitable', path]]);
  });

  test.each<[string, string]>([
    ['nginx', 'nginx'],
    ['nginx', 'public'],
    ['nginx', 'nginx-internal'],
    ['nginx', 'mse'],
    ['mse', 'nginx'],
    ['higress', 'nginx'],
    ['alb', 'alb'],
    ['alb', 'x'],
  ])('%s may read the class %s', (name, className) => {
    expect(given(name, { base: ofClass(className) })).toEqual([]);
  });

  test.each(['traefik-internal', 'kong_public', 'haproxy-edge', 'openshift-default', 'apisix', 'ngrok', 'my.contour'])(
    'nginx does not read the class %s, by a part of its name',
    (className) => {
      expect(given('nginx', { base: ofClass(className) })).toEqual([['base-unsuitable', 'spec.ingressClassName']]);
    },
  );

  test.each(['nginx-behind-traefik', 'external-nginx', 'kongress', 'webapprouting.kubernetes.azure.com'])(
    'nginx may read the class %s',
    (className) => expect(given('nginx', { base: ofClass(className) })).toEqual([]),
  );

  describe.each([
    'traefik.ingress.kubernetes.io/router.middlewares',
    'konghq.com/plugins',
    'nginx.org/mergeable-ingress-type',
    'haproxy.org/check',
    'appgw.ingress.kubernetes.io/ssl-redirect',
    'kubernetes.io/ingress.global-static-ip-name',
    'route.openshift.io/termination',
  ])('an Ingress with %s', (key) => {
    const { ingressClassName: _, ...spec } = ingress().spec as { ingressClassName: string };
    const without = (annotations: Record<string, string>): Manifest => ({ ...ingress(annotations), spec });
    const path = `metadata.annotations["${key}"]`;

    test.each(['nginx', 'mse', 'higress'])('is not read by %s, where no class says so', (name) => {
      expect(given(name, { base: without({ [key]: 'some' }) })).toEqual([['base-unsuitable', path]]);
      expect(given(name, { base: ofClass('public', { [key]: 'some' }) })).toEqual([['base-unsuitable', path]]);
    });

    test('is, where the advice is followed: by its IngressClass, or by what is read', () => {
      const named = { ...ingressClass('k8s.io/ingress-nginx'), metadata: { name: 'nginx' } };
      expect(given('nginx', { base: ofClass('nginx', { [key]: 'some' }), others: [named] })).toEqual([]);
      const both = { [key]: 'some', 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' };
      expect(given('nginx', { base: without(both) })).toEqual([]);
    });

    test("is nginx's by the class, unless it is F5's, whose class has that name", () => {
      const expected = key.startsWith('nginx.org/') ? [['base-unsuitable', path]] : [];
      expect(given('nginx', { base: ofClass('nginx', { [key]: 'some' }) })).toEqual(expected);
    });
  });

  test.each([
    'cert-manager.io/cluster-issuer',
    'external-dns.alpha.kubernetes.io/hostname',
    'meta.helm.sh/release-name',
  ])('an annotation of others tells nothing: %s', (key) =>
    expect(given('nginx', { base: ingress({ [key]: 'some' }) })).toEqual([]),
  );

  test.each([
    'scheme',
    'target-type',
    'group.name',
    'certificate-arn',
    'load-balancer-attributes',
    'security-groups',
    'listener-attributes.HTTPS-443',
    'success-codes',
  ])("an Ingress with AWS's annotation %s is not Alibaba's", (key) => {
    const path = `metadata.annotations["alb.ingress.kubernetes.io/${key}"]`;
    for (const className of ['alb', 'x'])
      expect(given('alb', { base: ofClass(className, alb(key)) })).toEqual([['base-unsuitable', path]]);
  });

  test.each([
    'listen-ports',
    'ssl-redirect',
    'backend-protocol',
    'healthcheck-path',
    'order',
    'address-type',
    'edition',
  ])("Alibaba's own annotation %s tells nothing against it", (key) => {
    expect(given('alb', { base: ofClass('alb', { [`alb.ingress.kubernetes.io/${key}`]: '9' }) })).toEqual([]);
  });

  test.each<[string, string, boolean]>([
    ['alb', 'ingress.k8s.aws/alb', true],
    ['alb', 'eks.amazonaws.com/alb', true],
    ['alb', 'ingress.k8s.alibabacloud/alb', false],
    ['nginx', 'k8s.io/ingress-nginx', false],
    ['nginx', 'k8s.io/internal-ingress-nginx', false],
    ['nginx', 'nginx.org/ingress-controller', true],
    ['nginx', 'traefik.io/ingress-controller', true],
    ['higress', 'higress.io/higress-controller', false],
    ['mse', 'example.com/unheard-of', false],
  ])('%s, where the IngressClass says %s', (name, controller, refused) => {
    const found = problems(name, { others: [ingressClass(controller)] });
    expect(found.map(locationOf)).toEqual(refused ? ['spec.ingressClassName'] : []);
  });

  test('the advice helps: with the IngressClass the name and the annotations decide no more', () => {
    const traefik = { ...ingressClass('k8s.io/ingress-nginx'), metadata: { name: 'traefik' } };
    expect(given('nginx', { base: ofClass('traefik'), others: [traefik] })).toEqual([]);
    const aliyun = { ...ingressClass('ingress.k8s.alibabacloud/alb'), metadata: { name: 'alb' } };
    expect(given('alb', { base: ofClass('alb', alb('scheme')), others: [aliyun] })).toEqual([]);
  });
});
