/** Whole releases of the sample by editing nothing but the image and the ledger. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Environment } from './environment';
import { expectSafe, newFolder, type Objects, objectsIn, sample, sampleAt, synth } from './fixtures';

/** Images of the two services. */
interface Code {
  readonly a?: string;
  readonly b?: string;
}

const v1 = {};
const v2 = { a: 'a:v2' };
const v3 = { a: 'a:v3' };
const forth = ['step-1/canary', 'step-1/route', 'promote/stable', 'promote/unroute'];

function build({ a = 'a:v1', b = 'b:v1' }: Code) {
  return sample({ a: { image: a }, b: { image: b } }).app;
}

/** An environment with v1, and a release of v2 at that stage. */
function environmentAt(stage?: string): Environment<Code> {
  const environment = new Environment(build);
  environment.begin(v1);
  while (stage !== undefined && environment.stage('rollout-a') !== stage) environment.advance('rollout-a', v2);
  return environment;
}

const plain = (objects: Objects) => Object.fromEntries(objects);

test('a whole release: each synthesis is that of its stage', () => {
  const environment = environmentAt();
  expect(plain(environment.synth(v1))).toEqual(plain(sampleAt({})));
  expect(() => environment.synth(v2)).toThrow('`npx graylane advance rollout-a --ledger ');
  for (const stage of forth) {
    expect(environment.advance('rollout-a', v2)).toBe(stage);
    expect(plain(environment.synth(v2))).toEqual(plain(sampleAt({ a: stage })));
  }
  expect(environment.advance('rollout-a', v2)).toBe('steady');
  expect(plain(environment.synth(v2))).toEqual(plain(sampleAt({ a: 'stable' })));
  expect(environment.ledger('rollout-a')).toMatchObject({ releases: 1, templates: expect.anything() as unknown });
  expect(Object.keys(environment.ledger('rollout-a').templates)).toHaveLength(1);
  expect(environment.ledger('rollout-b')).toMatchObject({ releases: 0 });
});

describe('abort', () => {
  const back: Record<string, string[]> = {
    'step-1/canary': ['start'],
    'step-1/route': ['abort/unroute', 'start'],
    'promote/stable': ['abort/stable', 'abort/unroute', 'start'],
    'promote/unroute': ['abort/stable', 'abort/unroute', 'start'],
  };

  test.each(forth)('from %s, by the old image', (from) => {
    const environment = environmentAt(from);
    // The commit of the old image alone prints the first stage of the way back; the next ones take the ledger's.
    const [first] = back[from] as [string];
    expect(plain(environment.synth(v1))).toEqual(plain(sampleAt({ a: printed(from, first) })));
    const walked: string[] = [];
    while (environment.stage('rollout-a') !== 'steady') walked.push(environment.advance('rollout-a', v1));
    expect(walked).toEqual(back[from]!.map((stage) => (stage === 'start' ? 'steady' : stage)));
    expect(plain(environment.synth(v1))).toEqual(plain(sampleAt({})));
  });

  test.each(forth)('from %s, by command, whatever the code says', (from) => {
    const environment = environmentAt(from);
    const walked = [environment.abort('rollout-a', v2)];
    while (environment.stage('rollout-a') !== 'steady') {
      const stage = environment.stage('rollout-a');
      for (const code of [v1, v2, v3]) {
        expect(plain(environment.synth(code))).toEqual(plain(sampleAt({ a: printed(from, stage) })));
      }
      walked.push(environment.advance('rollout-a', v2));
    }
    expect(walked).toEqual(back[from]!.map((stage) => (stage === 'start' ? 'steady' : stage)));
    // Nobody has to change the code for the last commit, and another template is still none without its release.
    for (const code of [v1, v2]) expect(plain(environment.synth(code))).toEqual(plain(sampleAt({})));
    expect(() => environment.synth(v3)).toThrow('ledger-behind');
  });

  /** From promote/unroute on the route is closed already: nothing is reopened. */
  function printed(from: string, stage: string): string {
    return from === 'promote/unroute' && stage === 'abort/stable' ? 'abort/unroute' : stage;
  }
});

describe('a third revision', () => {
  test('is refused with the command; that walks back, and on into the release of it', () => {
    const environment = environmentAt('step-1/route');
    expect(() => environment.synth(v3)).toThrow(
      /a change of spec\.containers\[0\]\.image.*`npx graylane advance rollout-a --ledger [^`]+`/,
    );
    expect(environment.advance('rollout-a', v3)).toBe('abort/unroute');
    expect(plain(environment.synth(v3))).toEqual(plain(sampleAt({ a: 'abort/unroute' })));
    expect(environment.advance('rollout-a', v3)).toBe('step-1/canary');
    expect(environment.ledger('rollout-a')).toMatchObject({ releases: 2, release: { number: 2, approved: [] } });
    const images = [...environment.synth(v3).values()]
      .filter(({ kind }) => kind === 'Deployment')
      .map((one) => JSON.stringify(one));
    expect(images.map((text) => /a:v\d/.exec(text)?.[0])).toEqual(['a:v1', undefined, 'a:v3']);
  });

  test('R7 never runs behind the route of the second', () => {
    const environment = environmentAt('step-1/route');
    const shown = [environment.synth(v2)];
    for (let i = 0; i < 3; i++) {
      environment.advance('rollout-a', v3);
      shown.push(environment.synth(v3));
    }
    expect(environment.stage('rollout-a')).toBe('step-1/route');
    shown.slice(1).forEach((after, i) => expectSafe(shown[i]!, after, 'spring-cloud-a'));
  });
});

describe('R1 R3 consecutive commits, applied in the worst order', () => {
  /** What is printed at each commit while both services are released, moved by turns. */
  function walk(services: readonly string[], moves: readonly ((environment: Environment<Code>) => Objects)[]): void {
    const environment = environmentAt();
    const shown = [environment.synth(v1), ...moves.map((move) => move(environment))];
    shown.slice(1).forEach((after, i) => {
      for (const name of services) expectSafe(shown[i]!, after, name);
    });
    expect(shown.length).toBe(moves.length + 1);
  }

  const both = { a: 'a:v2', b: 'b:v2' };
  const next = (rollout: string, code: Code) => (environment: Environment<Code>) => {
    environment.advance(rollout, code);
    return environment.synth(code);
  };
  const times = <T>(count: number, move: T): T[] => Array.from({ length: count }, () => move);

  test('a release', () => walk(['spring-cloud-a'], times(5, next('rollout-a', v2))));

  test('two releases in one lane', () =>
    walk(
      ['spring-cloud-a', 'spring-cloud-b'],
      [
        (environment) => {
          // Both images in one commit: both ledgers begin in it.
          environment.advance('rollout-b', both);
          return next('rollout-a', both)(environment);
        },
        ...times(4, [next('rollout-a', both), next('rollout-b', both)]).flat(),
      ],
    ));

  test('a release that is taken back by the old image alone', () =>
    walk(
      ['spring-cloud-a'],
      [...times(3, next('rollout-a', v2)), (environment) => environment.synth(v1), ...times(3, next('rollout-a', v1))],
    ));
});

describe('two environments', () => {
  test('side by side in one process', () => {
    const [prod, staging] = [environmentAt('step-1/route'), environmentAt('promote/stable')];
    for (let again = 0; again < 2; again++) {
      expect(plain(prod.synth(v2))).toEqual(plain(sampleAt({ a: 'step-1/route' })));
      expect(plain(staging.synth(v2))).toEqual(plain(sampleAt({ a: 'promote/stable' })));
    }
    expect(readdirSync(prod.folder).sort()).toEqual(['rollout-a.json', 'rollout-b.json']);
  });

  test('in two processes', () => {
    const run = ({ folder }: Environment<Code>) => {
      const env = { ...process.env, LEDGERS: folder, IMAGE_A: 'a:v2', CDK8S_OUTDIR: newFolder() };
      const main = join(__dirname, '..', 'fixtures', 'ledger-app', 'main.ts');
      return objectsIn(execFileSync(process.execPath, ['--import', 'tsx', main], { env, encoding: 'utf8' }));
    };
    expect(plain(run(environmentAt('step-1/route')))).toEqual(plain(sampleAt({ a: 'step-1/route' })));
    expect(plain(run(environmentAt('promote/unroute')))).toEqual(plain(sampleAt({ a: 'promote/unroute' })));
  });
});

test('an app without ledgers is as it is, whatever a folder says', () => {
  environmentAt('step-1/route');
  expect(plain(synth(build(v2)))).toEqual(plain(sampleAt({ a: 'stable' })));
});
