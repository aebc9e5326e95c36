/** R13: what stable's template refers to, wherever it does, is there until stable is promoted. */
import { ApiObject, type App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { CanaryRollout, Ledger } from 'graylane/cdk8s';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Deployment,
  formatWarning,
  type GraylaneError,
  type Manifest,
  newLedger,
  parseLedger,
  resolve,
  type RolloutSpec,
  warningsAround,
} from '../../lib/core';
import { gateways } from '../../lib/gateways';
import { Environment, record } from '../cdk8s/environment';
import { newApp } from '../cdk8s/fixtures';
import { folderWith, graylane } from '../cli/fixtures';
import { deployment } from '../cluster/app';

let stderr = '';
beforeEach(() => {
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

interface Place {
  readonly kind: string;
  readonly apiVersion?: string;
  /** A pod that refers to an object of this name there. */
  readonly pod: (name: string) => { readonly spec: object; readonly path: string };
}

const main = { name: 'main', image: 'example.com/web:v1' };

/** Kinds of containers, and those of them that a pod always has. */
const lists = {
  containers: [],
  initContainers: [main],
  ephemeralContainers: [main],
  'initContainers that keep running': [main],
} as const;

const inContainers: Readonly<Record<string, { kind: string; field: (name: string) => object; path: string }>> = {
  'envFrom configMapRef': {
    kind: 'ConfigMap',
    field: (name) => ({ envFrom: [{ configMapRef: { name } }] }),
    path: 'envFrom[0].configMapRef.name',
  },
  'envFrom secretRef': {
    kind: 'Secret',
    field: (name) => ({ envFrom: [{ prefix: 'A' }, { secretRef: { name } }] }),
    path: 'envFrom[1].secretRef.name',
  },
  'env configMapKeyRef': {
    kind: 'ConfigMap',
    field: (name) => ({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name, key: 'a' } } }] }),
    path: 'env[0].valueFrom.configMapKeyRef.name',
  },
  'env secretKeyRef': {
    kind: 'Secret',
    field: (name) => ({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'a' } } }] }),
    path: 'env[0].valueFrom.secretKeyRef.name',
  },
};

const ofContainers = Object.entries(inContainers).flatMap(([where, { kind, field, path }]) =>
  Object.entries(lists).map(([list, others]): [string, Place] => {
    const [key, keeps] = list.split(' that ');
    const container = (name: string) => ({
      ...main,
      name: 'it',
      ...field(name),
      ...(keeps && { restartPolicy: 'Always' }),
    });
    const pod = (name: string) => ({
      spec: { ...(others.length > 0 && { containers: others }), [key!]: [container(name)] },
      path: `spec.template.spec.${key}[0].${path}`,
    });
    return [`${where} of ${list}`, { kind, pod }];
  }),
);

function volume(kind: string, source: (name: string) => object, path: string, apiVersion?: string): Place {
  const pod = (name: string) => ({
    spec: {
      containers: [main],
      volumes: [
        { name: 'cache', emptyDir: {} },
        { name: 'it', ...source(name) },
      ],
    },
    path: `spec.template.spec.volumes[1].${path}`,
  });
  return { kind, pod, ...(apiVersion && { apiVersion }) };
}

const ofPods: Readonly<Record<string, Place>> = {
  'volume configMap': volume('ConfigMap', (name) => ({ configMap: { name } }), 'configMap.name'),
  'volume secret': volume('Secret', (secretName) => ({ secret: { secretName } }), 'secret.secretName'),
  'projected configMap': volume(
    'ConfigMap',
    (name) => ({ projected: { sources: [{ configMap: { name } }] } }),
    'projected.sources[0].configMap.name',
  ),
  'projected secret': volume(
    'Secret',
    (name) => ({ projected: { sources: [{ downwardAPI: {} }, { secret: { name } }] } }),
    'projected.sources[1].secret.name',
  ),
  'csi nodePublishSecretRef': volume(
    'Secret',
    (name) => ({ csi: { driver: 'x', nodePublishSecretRef: { name } } }),
    'csi.nodePublishSecretRef.name',
  ),
  azureFile: volume('Secret', (secretName) => ({ azureFile: { secretName, shareName: 's' } }), 'azureFile.secretName'),
  cephfs: volume('Secret', (name) => ({ cephfs: { monitors: [], secretRef: { name } } }), 'cephfs.secretRef.name'),
  secretProviderClass: volume(
    'SecretProviderClass',
    (name) => ({ csi: { driver: 'x', volumeAttributes: { secretProviderClass: name } } }),
    'csi.volumeAttributes.secretProviderClass',
    'secrets-store.csi.x-k8s.io/v1',
  ),
  claim: volume(
    'PersistentVolumeClaim',
    (claimName) => ({ persistentVolumeClaim: { claimName } }),
    'persistentVolumeClaim.claimName',
  ),
  imagePullSecrets: {
    kind: 'Secret',
    pod: (name) => ({
      spec: { containers: [main], imagePullSecrets: [{ name }] },
      path: 'spec.template.spec.imagePullSecrets[0].name',
    }),
  },
  serviceAccountName: {
    kind: 'ServiceAccount',
    pod: (serviceAccountName) => ({
      spec: { containers: [main], serviceAccountName },
      path: 'spec.template.spec.serviceAccountName',
    }),
  },
  resourceClaims: {
    kind: 'ResourceClaimTemplate',
    apiVersion: 'resource.k8s.io/v1',
    pod: (resourceClaimTemplateName) => ({
      spec: { containers: [main], resourceClaims: [{ name: 'gpu', resourceClaimTemplateName }] },
      path: 'spec.template.spec.resourceClaims[0].resourceClaimTemplateName',
    }),
  },
};

const places = [...ofContainers, ...Object.entries(ofPods)];
const [configMap, pullSecret, claim] = ['envFrom configMapRef of containers', 'imagePullSecrets', 'claim'].map(
  (wanted) => places.find(([where]) => where === wanted)!,
);

function web({ pod }: Place, name: string): Deployment {
  const template = { metadata: { labels: { app: 'web' } }, spec: pod(name).spec };
  return deployment('web', { spec: { template } });
}

function objectOf({ kind, apiVersion = 'v1' }: Place, name: string, namespace?: string): Manifest {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } };
}

const rollout: RolloutSpec = { name: 'web', workloadRef: { name: 'web' }, steps: [{ replicas: 1 }, { replicas: 2 }] };

/** What is told of a release from a template to another one, as refusals and as warnings. */
function told(stable: Deployment, target: Deployment, declaredWithStable: string[] | undefined, objects: Manifest[]) {
  const { members } = resolve({ objects: [target, ...objects], lanes: [], rollouts: [rollout] }, gateways);
  const templates = { stable: stable.spec.template, target: target.spec.template };
  const known = declaredWithStable === undefined ? templates : { ...templates, declaredWithStable };
  try {
    const found = warningsAround(members[0]!, known, objects).filter(({ check }) => check === 'references');
    return found.map(formatWarning);
  } catch (error) {
    return (error as GraylaneError).problems.map(({ code, subject, path, fix }) => ({ code, subject, path, fix }));
  }
}

describe.each(places)('%s', (_, place) => {
  const [before, after] = ['old', 'new'].map((name) => web(place, name));
  const reference = `${place.kind} old`;

  test('of which nobody knows whose it is: a warning', () => {
    for (const known of [undefined, [], [`${place.kind} other`]])
      expect(told(before!, after!, known, [])).toEqual([
        expect.stringMatching(new RegExp(`^${reference} is used by stable and no longer .*; to fix: keep it until`)),
      ]);
  });

  test('that the app declared, and declares no longer: refused by the field of the template', () => {
    expect(told(before!, after!, [reference], [objectOf(place, 'new')])).toEqual([
      {
        code: 'stable-left-out',
        subject: ['rollout web', 'Deployment web'],
        path: place.pod('old').path,
        fix: expect.stringContaining(`declare ${reference} as it was, beside`) as string,
      },
    ]);
  });

  test('that the app declares beside the new one: only the warning', () => {
    for (const namespace of [undefined, 'shop'])
      expect(told(before!, after!, [reference], [objectOf(place, 'old', namespace)])).toHaveLength(1);
  });

  test('that both use is nobody else to keep', () => {
    expect(told(before!, before!, [reference], [])).toEqual([]);
  });
});

test('R13: of any references together, exactly those that were dropped are refused', () => {
  const some = fc.uniqueArray(
    fc.record({ place: fc.constantFrom(...places), fate: fc.constantFrom('kept', 'dropped', 'foreign', 'declared') }),
    { minLength: 1, selector: ({ place }) => place[0] },
  );
  fc.assert(
    fc.property(some, (chosen) => {
      const named = chosen.map(({ place: [, place], fate }, i) => ({ place, fate, name: `one-${i}` }));
      const merged = (suffix: string) => {
        const spec: Record<string, unknown[]> = {};
        for (const { place, fate, name } of named)
          for (const [key, value] of Object.entries(place.pod(fate === 'kept' ? name : `${name}${suffix}`).spec))
            spec[key] = [...(spec[key] ?? []), ...([value].flat() as unknown[])];
        return deployment('web', { spec: { template: { metadata: { labels: { app: 'web' } }, spec } } });
      };
      // Lists are joined: what is no list, as a ServiceAccount's name, has cases of its own.
      fc.pre(named.every(({ place }) => place.kind !== 'ServiceAccount'));
      const reference = (of: (typeof named)[number]) => `${of.place.kind} ${of.name}`;
      const declaredThen = named.filter(({ fate }) => fate !== 'foreign').map(reference);
      const declaredNow = named.flatMap(({ place, fate, name }) =>
        fate === 'declared' ? [objectOf(place, name)] : [],
      );
      const found = told(merged(''), merged('-2'), declaredThen, declaredNow);
      const dropped = named.filter(({ fate }) => fate === 'dropped').map(reference);
      const refused = found.flatMap((one) =>
        typeof one === 'string' ? [] : [/declare (\S+ \S+) as/.exec(one.fix)![1]],
      );
      expect(refused.sort()).toEqual(dropped.sort());
    }),
  );
});

test("a namespace's own ServiceAccount is not the app's to keep", () => {
  const { pod } = ofPods.serviceAccountName!;
  expect(told(web({ kind: '', pod }, 'default'), web({ kind: '', pod }, 'web'), undefined, [])).toEqual([]);
});

describe.each([configMap!, pullSecret!, claim!])('an app with a ledger: %s', (_, place) => {
  /** What it refers to, and what it declares. */
  type Code = readonly [used: string, declared: readonly string[]];

  function build([used, declared]: Code): App {
    const app = newApp();
    const chart = new Chart(app, 'shop');
    for (const name of declared) {
      const secret = place.kind === 'Secret' ? { stringData: { password: 'hidden' } } : {};
      new ApiObject(chart, name, { ...objectOf(place, name), ...secret });
    }
    new CanaryRollout(chart, 'web', {
      workload: new ApiObject(chart, 'workload', web(place, used)),
      steps: rollout.steps,
    });
    return app;
  }

  function atV1(code: Code = ['old', ['old']]): Environment<Code> {
    const made = new Environment<Code>(build);
    made.begin(code);
    return made;
  }

  const hashed: Code = ['new', ['new']];
  const both: Code = ['new', ['old', 'new']];
  const refusal = new RegExp(`${place.kind} old in stable's template, and the app declares it no longer`);
  const stages = (made: Environment<Code>, code: Code, to: string) => {
    while (made.stage('web') !== to) made.advance('web', code);
  };

  test('refuses at step-1/canary, and begins where the old one is declared beside', () => {
    const made = atV1();
    expect(made.ledger('web').references).toEqual({ stable: [`${place.kind} old`] });
    made.advance('web', hashed);
    expect(() => made.synth(hashed)).toThrow(refusal);
    made.synth(both);
    expect(made.ledger('web').references).toEqual({ stable: [`${place.kind} old`], target: [`${place.kind} new`] });
  });

  test.each(['step-1/canary', 'step-2/canary', 'promote/stable'])('refuses at %s, too', (stage) => {
    const made = atV1();
    made.advance('web', both);
    stages(made, both, stage);
    made.synth(both);
    expect(() => made.synth(hashed)).toThrow(refusal);
  });

  test('lets it go when the release is over, and keeps the next one', () => {
    const made = atV1();
    made.advance('web', both);
    stages(made, both, 'steady');
    made.synth(hashed);
    expect(made.ledger('web').references).toEqual({ stable: [`${place.kind} new`] });
    const third: Code = ['third', ['third']];
    made.advance('web', third);
    expect(() => made.synth(third)).toThrow(/ new in stable's template/);
  });

  test('warns on the way back, which nothing refuses; after it stable needs it still', () => {
    const made = atV1();
    made.advance('web', both);
    stages(made, both, 'promote/stable');
    expect(made.abort('web', both)).toBe('abort/stable');
    made.synth(hashed);
    expect(stderr).toMatch(refusal);
    stages(made, both, 'steady');
    made.synth(both);
    expect(() => made.synth(hashed)).toThrow(refusal);
  });

  test('never refuses for what the app did not declare', () => {
    const made = atV1(['old', []]);
    expect(made.ledger('web').references).toBeUndefined();
    made.advance('web', hashed);
    made.synth(hashed);
  });

  test('advance refuses, writes no ledger, and records no value', async () => {
    const made = atV1();
    const app = build(hashed);
    Ledger.fromFolder(app, made.folder);
    const { apps } = record(app);
    const recording = JSON.stringify({ version: 2, apps: { [made.folder]: apps[made.folder] } });
    expect(recording).not.toContain('hidden');
    const folder = folderWith({
      'declared.json': recording,
      'cdk8s.yaml': 'app: cp declared.json "$GRAYLANE_RECORD"\n',
    });
    const env = process.env as Record<string, string>;
    for (const command of [['advance'], ['plan']]) {
      const { code, err } = await graylane(
        [...command, ...(command[0] === 'advance' ? ['--ledger', made.folder] : [])],
        {
          folder,
          env,
        },
      );
      expect([code, err]).toEqual([1, expect.stringMatching(refusal)]);
    }
    expect(made.stage('web')).toBe('steady');
  });
});

test('a ledger whose references are no names is told by the field', () => {
  const text = JSON.stringify({ ...newLedger({}), references: { stable: 'ConfigMap a' } });
  expect(() => parseLedger(text, 'web.json')).toThrow(/web\.json: references\.stable/);
});
