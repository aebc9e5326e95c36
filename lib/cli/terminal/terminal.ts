/** All that a command sees of the world, so that tests can run one without a process. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  /** Everything that comes in, for `-f -`. */
  readonly input: () => Promise<Uint8Array>;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export interface Output {
  readonly write: (text: string) => void;
  readonly colour: boolean;
}

/** What a run ends with; `graylane --help` lists them. */
export const EXIT = {
  done: 0,
  /** The input is wrong, or what was asked cannot be done. */
  refused: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A gate waits for an approval, or for its time. */
  waiting: 3,
  /** A release did not get on before its deadline. */
  stuck: 4,
  /** A check is broken: the release goes back, has gone back, or is held for somebody to decide. */
  broken: 5,
  /** ^C or SIGTERM; the next run goes on. */
  interrupted: 130,
  /** An error of graylane's own. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader that has seen enough (`graylane plan | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT.bug));
  return {
    out: output(process.stdout),
    err: output(process.stderr),
    input: async () => (await import('node:stream/consumers')).buffer(process.stdin),
    folder: process.cwd(),
    env: process.env,
    now: () => new Date(),
  };
}

function output(stream: NodeJS.WriteStream): Output {
  return { write: (text) => void stream.write(text), colour: stream.isTTY === true && !process.env.NO_COLOR };
}
