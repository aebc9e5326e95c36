/** A terminal in a user's folder, in which commands are typed. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './programs';

interface Ended {
  readonly ok: boolean;
  /** All that was shown, in the order in which it came. */
  readonly screen: string;
}

export class Terminal {
  constructor(
    readonly folder: string,
    /** Of all commands. */
    readonly environment: Environment,
  ) {}

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /**
   * What the command shows.
   * @throws if it fails
   */
  async type(line: string): Promise<string> {
    const { ok, screen } = await this.run(line);
    if (!ok) throw new Error(`${line} failed:\n${screen}`);
    return screen;
  }

  /** What the command shows when it fails. */
  async typeInVain(line: string): Promise<string> {
    const { ok, screen } = await this.run(line);
    if (ok) throw new Error(`${line} did not fail:\n${screen}`);
    return screen;
  }

  /** With ^C as often as there are texts: each when the next of them is on the screen. */
  async interrupt(line: string, ...texts: string[]): Promise<string> {
    const left = [...texts];
    const { screen } = await this.run(line, (shown, interrupt) => {
      if (left.length === 0 || !shown.includes(left[0]!)) return;
      left.shift();
      interrupt();
    });
    if (left.length > 0) throw new Error(`${line} has not shown ${left.join(', ')}:\n${screen}`);
    return screen;
  }

  private run(line: string, watch?: (screen: string, interrupt: () => void) => void): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, ...this.environment };
      // A ^C goes to the group of the command, and not to us.
      const child = spawn('bash', ['-c', line], {
        cwd: this.folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let screen = '';
      const show = (text: string) => {
        screen += text;
        watch?.(screen, () => process.kill(-child.pid!, 'SIGINT'));
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', show);
      child.on('error', reject);
      child.on('close', (code) => resolve({ ok: code === 0, screen }));
    });
  }
}
