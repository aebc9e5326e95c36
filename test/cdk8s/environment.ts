/** An app with ledgers, moved as its users move it: by recording it, and by writing its ledgers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import {
  abortRelease,
  advance,
  type AdvanceOptions,
  type Ledger as LedgerDocument,
  parseRecording,
  type Recording,
  recordedLedger,
  recordingOf,
  resolve,
  type RolloutRecording,
} from 'graylane';
import { gateways } from '../../lib/gateways';
import { Ledger } from 'graylane/cdk8s';
import { readLedger, writeLedger } from 'graylane/ledger';
import { newFolder, type Objects, synth } from './fixtures';

export const NOW = '2026-01-02T03:04:05.000Z';

/** The rollouts that an app declares beside a folder of ledgers. */
export function recorded(app: App, folder: string): RolloutRecording[] {
  const { declarations, inWaves } = record(app).apps[folder]!;
  return resolve(declarations, gateways).members.map((member) =>
    recordingOf(member, inWaves.includes(member.spec.name), declarations.objects),
  );
}

/** Runs the synthesis of an app with `GRAYLANE_RECORD`. */
export function record(app: App): Recording {
  const file = join(newFolder(), 'recording.json');
  process.env.GRAYLANE_RECORD = file;
  try {
    app.synth();
  } finally {
    delete process.env.GRAYLANE_RECORD;
  }
  return parseRecording(readFileSync(file, 'utf8'));
}

/** One environment of an app that is built anew for each synthesis, from what the code says at the time. */
export class Environment<Code> {
  constructor(
    private readonly build: (code: Code) => App,
    readonly folder = newFolder(),
  ) {}

  private app(code: Code): App {
    const app = this.build(code);
    Ledger.fromFolder(app, this.folder);
    return app;
  }

  synth(code: Code): Objects {
    return synth(this.app(code));
  }

  recorded(code: Code): readonly RolloutRecording[] {
    return recorded(this.app(code), this.folder);
  }

  /** The ledgers of what the code says now, as what runs. */
  begin(code: Code): void {
    for (const one of this.recorded(code))
      writeLedger(this.folder, one.name, recordedLedger(one.template, one.references, one));
  }

  ledger(rollout: string): LedgerDocument {
    return readLedger(this.folder, rollout)!;
  }

  stage(rollout: string): string {
    return this.ledger(rollout).release?.stage ?? 'steady';
  }

  advance(rollout: string, code: Code, options: Partial<AdvanceOptions> = {}): string {
    return this.move(rollout, code, (ledger, declared) => advance(ledger, declared, { now: NOW, ...options }));
  }

  abort(rollout: string, code: Code): string {
    return this.move(rollout, code, (ledger, declared) => abortRelease(ledger, declared, NOW));
  }

  private move(
    rollout: string,
    code: Code,
    change: (ledger: LedgerDocument, declared: RolloutRecording) => LedgerDocument,
  ): string {
    const declared = this.recorded(code).find(({ name }) => name === rollout)!;
    writeLedger(this.folder, rollout, change(this.ledger(rollout), declared));
    return this.stage(rollout);
  }
}
