/** A document of ours whose commands are typed: what it shows is what a test types, and all of it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Programs that a user starts. */
const COMMAND = /^(?:[A-Z_]+=\S+ )*(?:pulumi|npm|npx|graylane|kubectl|curl) \S/;

export class Document {
  readonly text: string;
  private readonly left: Set<string>;
  private readonly all: ReadonlySet<string>;

  constructor(file: string) {
    this.text = readFileSync(file, 'utf8');
    this.all = new Set([...lines(this.text), ...spans(this.text), ...steps(this.text)]);
    this.left = new Set(this.all);
  }

  /** Its first block of that language: ts, yaml. */
  block(language: string): string {
    return blocks(this.text, language)[0]!;
  }

  /**
   * A command of the document.
   * @param fill what stands here for what the document has as an example
   */
  command(written: string, fill: Readonly<Record<string, string>> = {}): string {
    if (!this.all.has(written)) {
      throw new Error(`no command of the document: ${written}; it has:\n${this.commands.join('\n')}`);
    }
    this.left.delete(written);
    return Object.entries(fill).reduce((line, [example, text]) => line.replaceAll(example, () => text), written);
  }

  get commands(): string[] {
    return [...this.all];
  }

  /** Commands that nobody has asked for. */
  get untyped(): string[] {
    return [...this.left];
  }
}

/** Commands of shell blocks, without comments; one that goes on in the next line is one. */
function lines(text: string): string[] {
  return blocks(text, 'sh').flatMap((block) =>
    block
      .replace(/\|\n\s+/g, '| ')
      .split('\n')
      .map((line) => line.replace(/\s+#(?= ).*/, ''))
      .filter((line) => line !== ''),
  );
}

/** Commands within the text. */
function spans(text: string): string[] {
  const prose = text.replace(/```.*?```/gs, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!).filter((span) => COMMAND.test(span));
}

/** Commands of workflows. */
function steps(text: string): string[] {
  return blocks(text, 'yaml').flatMap((block) => {
    const { jobs = {} } = parse(block) as { jobs?: Record<string, { steps: { run?: string }[] }> };
    return Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run }) => run ?? []));
  });
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block!);
}
