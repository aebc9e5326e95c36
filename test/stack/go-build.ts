/** One `go build` with pinned versions, and what a person sees of it meanwhile. */
import { spawn } from 'node:child_process';

export interface GoBuild {
  readonly program: string;
  readonly goPackage: string;
  /** The folder of the go.mod that pins the package. */
  readonly folder: string;
  readonly flags: readonly string[];
  readonly output: string;
}

const progressEverySeconds = 15;

/** Rejects with the compiler's own words, or with what to install. */
export async function goBuild(build: GoBuild): Promise<void> {
  const started = Date.now();
  const output = new BuildOutput();
  const report = (what: string) => console.log(`${build.program}: ${what}, ${elapsed(started)}`);
  console.log(`${build.program}: building (a first build takes minutes, later ones find it built)`);
  const timer = setInterval(() => report(output.progress), progressEverySeconds * 1000);
  try {
    await run(build, output);
    report('built');
  } finally {
    clearInterval(timer);
  }
}

function run(build: GoBuild, output: BuildOutput): Promise<void> {
  // readonly: building never changes what is pinned. No VCS stamp: a commit of ours does not make another program.
  const args = ['build', '-v', '-mod=readonly', '-buildvcs=false', ...build.flags, '-o', build.output, build.goPackage];
  // Without cgo no C compiler is needed, and the result runs on any libc.
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: build.folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => output.add(text));
    child.on('error', (error) => reject(notStarted(build.program, error)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`building ${build.program} failed (go build: ${code}):\n${output.complaints}`));
    });
  });
}

/** With -v, Go prints the name of each package that it compiles, between its messages. */
class BuildOutput {
  private rest = '';
  private packages = 0;
  private readonly messages: string[] = [];

  add(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (/^[\w./-]+$/.test(line)) this.packages++;
      else this.messages.push(line);
    }
  }

  get progress(): string {
    return this.packages > 0 ? `${this.packages} packages compiled` : `${this.messages.length} modules downloaded`;
  }

  get complaints(): string {
    return this.messages.filter((line) => !line.startsWith('go: downloading')).join('\n') + this.rest;
  }
}

function notStarted(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new Error(
    `${program} has to be built, and there is no \`go\` on the PATH. Install Go 1.26 or newer; or set ` +
      'KUBEBUILDER_ASSETS to a folder with the programs, or GRAYLANE_TEST_KUBECONFIG to the kubeconfig of a cluster to test in.',
  );
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
