/**
 * A project of `cdk8s init` with graylane as it is packed, by the commands that a user types: in every output type, as
 * CommonJS and as an ES module, with one environment and with several.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_INSTALLED, type Cdk8sProject, cdk8sProject } from './cdk8s-project';
import { program, type Setting, settings } from './cdk8s-settings';
import type { Manifest } from '../../lib/core';
import { COMMITTER, folderWith, objects } from './fixtures';

const own = mkdtempSync(join(tmpdir(), 'graylane-'));
let project: Cdk8sProject;

beforeAll(() => {
  project = cdk8sProject(own);
});
afterAll(() => rmSync(own, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Scratch {
  readonly folder = folderWith({});
  /** The environment that releases; of the others nothing may change. */
  readonly released: string;

  constructor(private readonly setting: Setting) {
    this.released = setting.environments[0]!;
    project.write(this.folder);
    symlinkSync(project.packages, join(this.folder, 'node_modules'));
    this.write('cdk8s.yaml', `language: typescript\napp: node main.${setting.module}\n`);
    this.write(`main.${setting.module}`, program(setting, project.plus));
    rmSync(join(this.folder, 'main.ts'));
    this.declare('web:v1');
    this.ok('git init -q -b main');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** The image of the environment that releases; all others stay at v1. */
  declare(image: string): void {
    const entries = this.setting.environments.map((one) => [one, one === this.released ? image : 'web:v1']);
    this.write('images.json', JSON.stringify(Object.fromEntries(entries)));
  }

  run(command: string): Ran {
    const env = {
      ...process.env,
      PATH: `${project.packages}/.bin:${process.env.PATH}`,
      ...COMMITTER,
      ...AS_INSTALLED,
    };
    // npx would only look the programs up.
    const direct = command.replace(/\bnpx /g, '');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', direct], { cwd: this.folder, encoding: 'utf8', env });
    return { code: status!, out: stdout, err: stderr };
  }

  /** What a command prints that has to end well. */
  ok(command: string): string {
    const { code, out, err } = this.run(command);
    expect(code, `${command}\n${out}${err}`).toBe(0);
    return out;
  }

  /** A command that moves a ledger and touches no YAML, of no environment. */
  moves(command: string): string {
    const before = this.ok('git status --porcelain dist');
    const out = this.ok(command);
    expect(this.ok('git status --porcelain dist'), `${command} has written YAML`).toBe(before);
    return out;
  }

  commit(message: string): void {
    this.ok(`npx cdk8s synth && git add -A && { git diff --cached --quiet || git commit -q -m "${message}"; }`);
    this.ok('npx graylane verify');
  }

  /** Somebody aborts on a branch, while main goes on: git must not make a stage of both. */
  clash(next: string): void {
    const save = (message: string) => this.ok(`npx cdk8s synth && git add -A && git commit -q -m "${message}"`);
    save('at the gate');
    this.ok('git switch -q -c side');
    this.moves(`npx graylane abort rollout-a ${this.ledgerOption}`);
    save('abort');
    this.ok('git switch -q main');
    this.moves(`npx ${next}`);
    save('go on');
    expect(this.run('git merge side').code).not.toBe(0);
    const conflicts = this.ok('git diff --name-only --diff-filter=U');
    expect(conflicts).toContain(`releases/${this.released}/rollout-a.json`);
    expect(conflicts).toContain('dist/');
    this.ok('git checkout -q --ours -- dist releases && git add -A && git commit -q -m "merge"');
    this.commit('as main says');
  }

  get ledgerOption(): string {
    return `--ledger releases/${this.released}`;
  }

  get ledgerFile(): string {
    return join(this.folder, 'releases', this.released, 'rollout-a.json');
  }

  stage(): string {
    const { release } = JSON.parse(readFileSync(this.ledgerFile, 'utf8')) as {
      release?: { number: number; stage: string };
    };
    return release === undefined ? 'stable' : `${release.number} ${release.stage}`;
  }

  /** The next command, as `status` says it. */
  next(): string | undefined {
    const { out } = this.run(`npx graylane status ${this.ledgerOption} -o json`);
    return (JSON.parse(out) as { rollouts: { next?: string }[] }).rollouts[0]!.next;
  }

  /** The committed objects of an environment. */
  committed(environment: string): Manifest[] {
    const folder = this.setting.environments.length > 1 ? `dist/${environment}` : 'dist';
    const files = this.ok(`git ls-files ${folder}`).trim().split('\n');
    return files.flatMap((file) => objects(readFileSync(join(this.folder, file), 'utf8')));
  }

  /** The images of web in an environment, stable's and the canary's. */
  standing(environment: string): string[] {
    return this.committed(environment)
      .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name!.startsWith('web'))
      .map(({ metadata, spec }) => {
        const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
        return `${metadata.name} ${template.spec.containers[0]!.image}`;
      })
      .sort();
  }
}

/** What the API server adds to what is applied, in the namespace where it is. */
function asPrinted({ metadata, ...web }: Manifest): Manifest {
  const { template, ...spec } = web.spec as { template: { spec: { containers: object[] } } };
  const containers = template.spec.containers.map((one) => ({
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...one,
  }));
  const pod = { restartPolicy: 'Always', schedulerName: 'default-scheduler', ...template.spec, containers };
  const printed = {
    ...template,
    metadata: { creationTimestamp: null, ...(template as { metadata?: object }).metadata },
    spec: pod,
  };
  return { ...web, metadata: { ...metadata, namespace: 'shop', uid: 'x' }, spec: { ...spec, template: printed } };
}

describe.each(settings)('$type, $module, $environments', (setting) => {
  const { environments, type } = setting;
  const V1 = ['web web:v1'];

  test('from `init` to the end of a release, a third revision and an abort, word for word', () => {
    const scratch = new Scratch(setting);
    const { released, ledgerOption } = scratch;
    const others = environments.filter((one) => one !== released);
    const folders = environments.map((one) => `releases/${one}`).join(' ');
    expect(scratch.ok(`npx graylane init --ledger ${folders}`)).toContain('.gitignore: changed');
    expect(scratch.ok('npx graylane record').match(/: created; no release under way/g)).toHaveLength(
      2 * environments.length,
    );
    scratch.commit('as it runs');

    // A stage in code does not know what runs; Argo CD's stable is not paused.
    const unknown = scratch.run(`DELIVERY=argocd STAGE=step-1 node main.${setting.module}`);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('(stable-missing)') as string });

    // A prop that is missing is told as such.
    const missing = scratch.run(`MISSING=yes node main.${setting.module}`).err;
    expect(missing).toContain('shop/rollout-b: workload is missing');
    expect(missing).not.toContain('TypeError');

    // What runs can be told by what a cluster prints, whatever its namespace and the defaults of its API server.
    const recorded = readFileSync(scratch.ledgerFile, 'utf8');
    const web = scratch
      .committed(released)
      .find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web')!;
    scratch.write('running.yaml', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [asPrinted(web)] }));
    rmSync(scratch.ledgerFile);
    scratch.moves(`npx graylane record --from running.yaml ${ledgerOption}`);
    expect(readFileSync(scratch.ledgerFile, 'utf8')).toBe(recorded);
    rmSync(join(scratch.folder, 'running.yaml'));

    // A new image reaches nobody; the error names the command that releases it, and that command works.
    scratch.declare('web:v2');
    const { code, err } = scratch.run(`node main.${setting.module}`);
    expect(code).not.toBe(0);
    const [, advance] = /run `(npx graylane advance [^`]+)`/.exec(err)!;
    expect(scratch.ok('npx graylane plan')).toContain(`releases/${released}: rollout-a: Deployment web, lane lane`);
    expect(scratch.moves(advance!)).toContain('is at step-1/canary');
    expect(scratch.moves('npx graylane record --frozen').match(/: unchanged;/g)).toHaveLength(2 * environments.length);
    expect(scratch.standing(released)).toEqual(V1);

    // `commit -am` forgets new files; what CI runs sees it.
    scratch.ok('npx cdk8s synth && git commit -q -am "forgotten"');
    const forgotten = scratch.run('npx graylane verify');
    if (/RESOURCE/.test(type))
      expect(forgotten).toMatchObject({ code: 1, err: expect.stringMatching(/\(output-uncommitted\)/) as string });
    else expect(forgotten.code, forgotten.err).toBe(0);
    scratch.commit('step-1/canary');
    expect(scratch.standing(released)).toEqual(['web web:v1', 'web-canary web:v2']);

    // What stable may call, the canary may.
    const policies = scratch.committed(released).filter(({ kind }) => kind === 'NetworkPolicy');
    const canaries = policies.filter((policy) => /"[^"]*web[^"]*-canary"/.test(JSON.stringify(policy.spec)));
    expect(canaries.map(({ metadata }) => metadata.labels)).toEqual(
      Array(2).fill({ 'graylane.io/rollout': 'rollout-a' }),
    );

    // A job that runs twice, then a third revision: the way back, and on into its release.
    const command = scratch.next()!;
    expect(scratch.moves(`npx ${command}`)).toContain('is at step-1/route');
    expect(scratch.moves(`npx ${command}`)).toContain('unchanged;');
    scratch.commit('step-1/route');
    const tooEarly = scratch.run(`npx graylane advance --approve rollout-a#2-5f0c1e9ab3d2/step-1 ${ledgerOption}`);
    expect(tooEarly).toMatchObject({ code: 3, err: expect.stringContaining('(stage-ahead)') as string });
    scratch.declare('web:v3');
    for (const stage of ['1 abort/unroute', '2 step-1/canary']) {
      scratch.moves(`npx graylane advance rollout-a ${ledgerOption}`);
      expect(scratch.stage()).toBe(stage);
      scratch.commit(stage);
    }
    expect(scratch.standing(released)).toEqual(['web web:v1', 'web-canary web:v3']);

    // An abort with the image left as it is: the bot comes to an end, and begins nothing again.
    scratch.moves(`npx graylane abort rollout-a ${ledgerOption}`);
    for (let next = scratch.next(); next !== undefined; next = scratch.next()) scratch.moves(`npx ${next}`);
    expect(scratch.stage()).toBe('stable');
    scratch.commit('aborted');
    expect(scratch.standing(released)).toEqual(V1);
    const again = scratch.run(`npx graylane advance rollout-a ${ledgerOption}`);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('(advance-aborted)') as string });
    expect(again.err).not.toContain('graylane advance');

    // By an explicit word it is released, to its end, by what `status` says.
    scratch.moves(`npx graylane advance rollout-a --again ${ledgerOption}`);
    const walked: string[] = [];
    for (let next = scratch.next(); next !== undefined; next = scratch.next()) {
      if (next.includes('--approve')) scratch.clash(next);
      else scratch.moves(`npx ${next}`);
      walked.push(scratch.stage());
    }
    expect(walked).toEqual(['3 step-1/route', '3 promote/stable', '3 promote/unroute', 'stable']);
    scratch.commit('released');
    expect(scratch.standing(released)).toEqual(['web web:v3']);
    for (const other of others) expect(scratch.standing(other)).toEqual(V1);

    // Two that change at once are both told, and both moved.
    scratch.declare('web:v4');
    const both = scratch.run(`DB=db:v2 node main.${setting.module}`).err;
    for (const name of ['rollout-a', 'rollout-b']) expect(both).toContain(`npx graylane advance ${name} `);
    const all = scratch.moves(`DB=db:v2 npx graylane advance --all ${ledgerOption}`);
    expect(all.match(/is at step-1\/canary/g)).toHaveLength(2);

    // A merge that somebody left half done is told as such, by every command.
    const ledger = readFileSync(scratch.ledgerFile, 'utf8');
    writeFileSync(scratch.ledgerFile, ledger.replace('{', '<<<<<<< HEAD\n{'));
    for (const one of [
      'npx graylane status',
      `npx graylane advance rollout-a ${ledgerOption}`,
      `node main.${setting.module}`,
    ]) {
      const broken = scratch.run(one);
      expect(broken.code).not.toBe(0);
      expect(broken.err).toContain('conflict markers of a merge');
    }
  }, 3_600_000);
});
