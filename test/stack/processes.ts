/**
 * The programs of one cluster: started together, with a log each, and ended together, by their process ids.
 *
 * They never outlive the test process, however that ends. A watchdog, a few lines of shell, holds the other end of a pipe
 * from us; when we are gone, even by SIGKILL, it reads the end of the file, kills what was running and removes the folder.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// Each line holds all process ids that are alive, so one that ended, whose id may be somebody else's by now, is not killed.
// A ^C in the terminal reaches the watchdog too, but its work begins only when we are gone.
const watchdogScript = `
trap '' INT TERM HUP
while read -r line; do pids=$line; done
[ -n "$pids" ] && kill -9 $pids 2>/dev/null
rm -rf "$1"`;

export class Processes {
  private readonly running = new Map<string, ChildProcess>();
  private readonly watchdog: ChildProcess;
  private readonly failures: string[] = [];
  private stopping = false;

  /** @param folder where they run, with their logs in `logs/`; removed in the end */
  constructor(readonly folder: string) {
    mkdirSync(this.logs, { recursive: true });
    this.watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'watchdog', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    letGo(this.watchdog);
    // Without it, a watchdog that somebody killed would end the tests with EPIPE.
    this.watchdog.stdin!.on('error', () => undefined);
  }

  get logs(): string {
    return join(this.folder, 'logs');
  }

  get pids(): number[] {
    return [...this.running.values()].map((child) => child.pid!);
  }

  /** Whether a program has ended that nobody has stopped. */
  get failed(): boolean {
    return this.failures.length > 0;
  }

  start(name: string, file: string, args: readonly string[]): void {
    const log = openSync(join(this.logs, `${name}.log`), 'a');
    // Some read a configuration from the home folder or the environment; theirs is only what we pass.
    const env = { PATH: process.env.PATH, HOME: this.folder };
    const child = spawn(file, args, { cwd: this.folder, env, stdio: ['ignore', log, log], detached: false });
    closeSync(log);
    letGo(child);
    child.on('error', (error) => this.ended(name, error.message));
    child.on('exit', (code, signal) => this.ended(name, signal ?? `code ${code}`));
    if (child.pid === undefined) return;
    this.running.set(name, child);
    this.tellWatchdog();
  }

  /** @throws if `failed`, with the end of the program's log */
  check(): void {
    if (this.failed) throw new Error(this.failures.join('\n'));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    // Nothing that they hold is kept, so they need no time to put it in order.
    await Promise.all([...this.running.values()].map(kill));
    rmSync(this.folder, { recursive: true, force: true });
    await kill(this.watchdog);
  }

  private ended(name: string, how: string): void {
    this.running.delete(name);
    this.tellWatchdog();
    if (this.stopping) return;
    this.failures.push(`${name} ended by itself (${how}); the end of its log:\n${this.lastLines(name)}`);
  }

  private lastLines(name: string): string {
    const file = join(this.logs, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n') : '';
  }

  private tellWatchdog(): void {
    this.watchdog.stdin!.write(`${this.pids.join(' ')}\n`);
  }
}

/** A child, and a pipe to it, keep a process from ending; a test process that forgot to stop them should end nevertheless. */
function letGo(child: ChildProcess): void {
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.ref();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
