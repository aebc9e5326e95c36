/**
 * A release bot in fresh clones, and people beside it: whatever they do, every commit on main can be applied over the one
 * before it, nobody gets a revision without the stages before, and the bot always comes to the end.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Deployment, type Ledger as LedgerDocument, parseLedger, parseRecording, type Step } from '../../lib/core';
import { CanaryRollout, Ledger, Workload } from '../../lib/cdk8s';
import { expectSafe, image, type Objects, objectsIn } from '../cdk8s/fixtures';
import { COMMITTER, folderWith, graylane, type Ran } from './fixtures';

const NAMES = ['a', 'b'] as const;
type Name = (typeof NAMES)[number];

const PLANS: Readonly<Record<string, readonly Step[]>> = {
  header: [{ replicas: 1, matches: [{ headers: [{ name: 'x-canary', value: 'yes' }] }] }],
  shares: [
    { replicas: 1, traffic: '20%' },
    { replicas: 2, traffic: '50%', pause: { duration: 60 } },
  ],
  half: [{ replicas: 2, traffic: '50%' }],
};

/** What the code of the app says: the file that people edit. */
type Code = Readonly<Record<Name, { readonly version: number; readonly plan: string }>>;

const BEGIN: Code = { a: { version: 1, plan: 'header' }, b: { version: 1, plan: 'shares' } };

function chartOf(app: App, code: Code): void {
  const chart = new Chart(app, 'shop');
  for (const name of NAMES) {
    const labels = { app: name };
    const { version, plan } = code[name];
    new ApiObject(chart, `deployment-${name}`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 4,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name, image: `${name}:v${version}` }] } },
      },
    });
    const port = { port: 80 };
    new ApiObject(chart, `service-${name}`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: [port] },
    });
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }];
    new ApiObject(chart, `ingress-${name}`, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name },
      spec: { rules: [{ host: name, http: { paths } }] },
    });
    new CanaryRollout(chart, `rollout-${name}`, {
      workload: Workload.in(chart, name),
      steps: PLANS[plan]!,
      trafficRoutings: [{ service: name, ingress: { classType: 'mse', name } }],
    });
  }
}

/** What main says at a commit. */
interface State {
  readonly objects: Objects;
  readonly ledgers: Readonly<Record<Name, LedgerDocument>>;
  readonly code: Code;
}

/** What scripts end with: main has moved on; a merge has a conflict. */
const [BEHIND, CONFLICT] = [10, 11];

/** Commits what there is, if there is anything. */
const COMMIT = 'git add -A; git diff --cached --quiet || git commit -qm "$1"';
const PUSH = 'git push -q origin HEAD:main';

/** A working copy of somebody's. */
class Clone {
  constructor(
    readonly folder: string,
    private readonly clock: { now: number },
  ) {}

  /**
   * Git commands, in one process: of all that a history takes, starting processes takes the longest.
   * @param why the text of commits, `$1` in the script
   * @returns what the last one ended with
   */
  script(text: string, why = ''): { readonly code: number; readonly out: string } {
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', text, 'sh', why], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, ...COMMITTER },
    });
    expect([0, BEHIND, CONFLICT], `${text}: ${stderr}`).toContain(status);
    return { code: status!, out: stdout };
  }

  /** As a job gets it: what main says, and nothing else. */
  refresh(): void {
    this.script('git fetch -q origin; git reset -q --hard origin/main');
  }

  get code(): Code {
    return JSON.parse(readFileSync(join(this.folder, 'code.json'), 'utf8')) as Code;
  }

  edit(name: Name, change: Partial<Code[Name]>): void {
    const code = { ...this.code, [name]: { ...this.code[name], ...change } };
    writeFileSync(join(this.folder, 'code.json'), `${JSON.stringify(code, undefined, 2)}\n`);
  }

  private app(): App {
    const app = new App({ outdir: join(this.folder, 'dist'), yamlOutputType: YamlOutputType.FILE_PER_APP });
    chartOf(app, this.code);
    Ledger.fromFolder(app, join(this.folder, 'releases'));
    return app;
  }

  /** What `cdk8s synth` does. */
  synth(): void {
    this.app().synth();
  }

  /** The real command; the app runs in this process before it, for a process of its own takes a hundred times as long. */
  async graylane(command: string): Promise<Ran> {
    const file = join(this.folder, '.git', 'recording.json');
    process.env.GRAYLANE_RECORD = file;
    try {
      this.app().synth();
    } finally {
      delete process.env.GRAYLANE_RECORD;
    }
    // One process has one recording: the other clones' apps are in it, too.
    const { version, apps } = parseRecording(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ version, apps: { releases: apps[join(this.folder, 'releases')] } }));
    const now = new Date(this.clock.now).toISOString();
    return graylane(command.split(' '), { folder: this.folder, env: { PATH: process.env.PATH! }, now });
  }

  state(): State {
    const ledger = (name: Name) => {
      const file = join(this.folder, 'releases', `rollout-${name}.json`);
      return parseLedger(readFileSync(file, 'utf8'), file);
    };
    return {
      objects: objectsIn(readFileSync(join(this.folder, 'dist', 'app.k8s.yaml'), 'utf8')),
      ledgers: { a: ledger('a'), b: ledger('b') },
      code: this.code,
    };
  }
}

type Action =
  /** Runs what `status` says comes next, for every rollout. */
  | { readonly is: 'next'; readonly of: number }
  /** The same, from what the clone knew before: somebody else may have been faster. */
  | { readonly is: 'late'; readonly of: number }
  /** The last job once more, as a CI system does when somebody clicks. */
  | { readonly is: 'rerun'; readonly of: number }
  | { readonly is: 'abort'; readonly of: number; readonly name: Name }
  | { readonly is: 'image'; readonly of: number; readonly name: Name; readonly version: number }
  | { readonly is: 'plan'; readonly of: number; readonly name: Name; readonly plan: string };

const of = fc.integer({ min: 0, max: 2 });
const name = fc.constantFrom(...NAMES);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ is: fc.constant('next' as const), of }) },
  { weight: 5, arbitrary: fc.record({ is: fc.constant('late' as const), of }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('rerun' as const), of }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('abort' as const), of, name }) },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('image' as const), of, name, version: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('plan' as const), of, name, plan: fc.constantFrom(...Object.keys(PLANS)) }),
  },
);

/** A repository with three clones, and what main has said at each of its commits. */
class Team {
  readonly clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  readonly main: { readonly why: string; readonly state: State }[] = [];
  private readonly clones: readonly Clone[];
  /** How often a merge had a conflict. */
  conflicts = 0;
  private head = '';
  private job: { readonly commands: readonly string[]; readonly commits: number } = { commands: [], commits: 0 };

  constructor() {
    const folder = folderWith({});
    const script = 'git init -q --bare -b main origin; for i in 0 1 2; do git clone -q origin $i; done';
    spawnSync('sh', ['-ec', script], { cwd: folder });
    this.clones = ['0', '1', '2'].map((clone) => new Clone(join(folder, clone), this.clock));
  }

  async begin(): Promise<void> {
    const [first] = this.clones as [Clone];
    const files = {
      'cdk8s.yaml': 'app: cp .git/recording.json "$GRAYLANE_RECORD"\n',
      '.gitattributes': 'dist/** -merge\n',
      'code.json': `${JSON.stringify(BEGIN, undefined, 2)}\n`,
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(first.folder, file), text);
    expect((await first.graylane('record')).code).toBe(0);
    first.synth();
    await this.push(first, 'the app as it runs');
    for (const clone of this.clones) clone.refresh();
  }

  async act(what: Action): Promise<void> {
    this.clock.now += 40_000;
    const clone = this.clones[what.of]!;
    if (what.is !== 'late') clone.refresh();
    const why = JSON.stringify(what);
    switch (what.is) {
      case 'next':
      case 'late':
        return this.run(clone, await this.next(clone), why);
      case 'rerun':
        return this.rerun(clone, why);
      case 'abort':
        return this.run(clone, [`abort rollout-${what.name}`], why);
      case 'image':
        clone.edit(what.name, { version: what.version });
        return this.run(clone, [`advance rollout-${what.name}`], why);
      case 'plan':
        clone.edit(what.name, { plan: what.plan });
        return this.run(clone, [], why);
    }
  }

  /** The bot, until nothing is left to do. */
  async finish(): Promise<void> {
    for (let job = 0; ; job++) {
      expect(job, 'jobs until the end').toBeLessThan(60);
      this.clock.now += 40_000;
      const clone = this.clones[job % 3]!;
      clone.refresh();
      const commands = await this.next(clone);
      if (commands.length === 0) return;
      await this.run(clone, commands, `job ${job}: ${commands.join(', ')}`);
    }
  }

  /** @param commands that are refused, or too early, leave things as they are */
  private async run(clone: Clone, commands: readonly string[], why: string): Promise<void> {
    for (const command of commands) {
      const { code, err } = await clone.graylane(command);
      expect([0, 1, 3], `${command}: ${err}`).toContain(code);
    }
    await this.push(clone, why);
    this.job = { commands, commits: this.main.length };
  }

  /** Nothing has happened since: what named its place moves nothing. */
  private async rerun(clone: Clone, why: string): Promise<void> {
    const { commands, commits } = this.job;
    const isNamed = commands.every((command) => /--(from|approve) /.test(command));
    const isLast = commits === this.main.length;
    await this.run(clone, commands, why);
    if (isNamed && isLast) expect(this.main.length, `a rerun of ${commands.join(', ')}`).toBe(commits);
  }

  private async next(clone: Clone): Promise<string[]> {
    const { out, err } = await clone.graylane('status -o json');
    expect(out, err).not.toBe('');
    const { rollouts } = JSON.parse(out) as { rollouts: { next?: string }[] };
    return rollouts.flatMap(({ next }) => (next === undefined ? [] : [next.replace(/^graylane /, '')]));
  }

  /** Synthesizes, commits and pushes; what others have pushed meanwhile is merged first, as the guide says. */
  private async push(clone: Clone, why: string): Promise<void> {
    if (!(await this.synthesized(clone))) return clone.refresh();
    const isFirst = this.main.length === 0;
    const unlessBehind = `git fetch -q origin; git merge-base --is-ancestor origin/main HEAD || exit ${BEHIND}`;
    const { code, out } = clone.script(
      [COMMIT, ...(isFirst ? [] : [unlessBehind]), PUSH, 'git rev-parse HEAD'].join('; '),
      why,
    );
    const head = code === BEHIND ? await this.merge(clone, why) : out.trim();
    if (head === this.head) return;
    this.head = head;
    this.main.push({ why, state: clone.state() });
  }

  /** The YAML of what the clone says; an edit that has to move a ledger first is not committed without that. */
  private async synthesized(clone: Clone): Promise<boolean> {
    for (let tries = 0; tries < 3; tries++) {
      try {
        clone.synth();
        return true;
      } catch (error) {
        const [, command] = /run `npx graylane (advance [^`]*)`/.exec((error as Error).message) ?? [];
        expect(command, (error as Error).message).toBeDefined();
        if ((await clone.graylane(command!)).code !== 0) return false;
      }
    }
    return false;
  }

  private async merge(clone: Clone, why: string): Promise<string> {
    // Main's side is the one that is applied.
    const theirs =
      'git diff --name-only --diff-filter=U | xargs git checkout -q --theirs --; git add -A; git commit -qm "$1"';
    const merge = `git merge -q --no-edit origin/main >&2 || { ${theirs}; exit ${CONFLICT}; }`;
    if (clone.script(merge, why).code === CONFLICT) this.conflicts++;
    expect(await this.synthesized(clone), 'a merge can be synthesized').toBe(true);
    return clone.script([COMMIT, PUSH, 'git rev-parse HEAD'].join('; '), why).out.trim();
  }
}

/** Stable's revision at a commit. */
const stableImage = ({ objects }: State, name: Name) =>
  image((objects.get(`Deployment/${name}`) as Deployment).spec.template);

function expectStages(before: State, after: State, name: Name): void {
  const own = ({ objects }: State) => new Map([...objects].filter(([key]) => key.split(/[/-]/)[1] === name));
  expectSafe(own(before), own(after), name);
  if (stableImage(before, name) === stableImage(after, name)) return;
  const { release } = after.ledgers[name];
  expect(release, 'stable changes within a release').toBeDefined();
  if (release!.stage !== 'promote/stable') return expect(release!.stage).toBe('abort/stable');
  const canary = before.objects.get(`Deployment/${name}-canary`) as Deployment;
  expect(image(canary.spec.template), 'the canary ran it before').toBe(stableImage(after, name));
  const manual = release!.steps.flatMap(({ pause }, i) => (pause?.duration === undefined ? [i + 1] : []));
  expect(release!.approved.map(({ step }) => step)).toEqual(expect.arrayContaining(manual));
}

test('whatever a team does, each commit is safe, and the bot reaches the end', async () => {
  let conflicts = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 9 }), async (actions) => {
      const team = new Team();
      await team.begin();
      for (const what of actions) await team.act(what);
      await team.finish();
      conflicts += team.conflicts;
      team.main.slice(1).forEach(({ why, state }, i) => {
        for (const name of NAMES) {
          try {
            expectStages(team.main[i]!.state, state, name);
          } catch (error) {
            throw new Error(
              `${name}, at commit ${i + 1} of ${team.main.map((one) => `\n${one.why}`).join('')}\n${why}`,
              { cause: error },
            );
          }
        }
      });
      const { objects, ledgers, code } = team.main.at(-1)!.state;
      for (const name of NAMES) {
        const { release, aborted, stable } = ledgers[name];
        expect(release).toBeUndefined();
        expect(objects.has(`Deployment/${name}-canary`)).toBe(false);
        if (aborted === undefined)
          expect(stableImage(team.main.at(-1)!.state, name)).toBe(`${name}:v${code[name].version}`);
        expect(stable).not.toBe(aborted);
      }
    }),
    { numRuns: 200 },
  );
  expect(conflicts).toBeGreaterThan(10);
}, 3_600_000);
