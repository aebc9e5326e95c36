import { errorCodes } from './error-codes';

export * from './error-codes';

/** What is wrong, what is allowed and how to fix it, by code, for one layer. */
export type ErrorTexts = Readonly<Record<string, ErrorText>>;

export interface ErrorText {
  /** A sentence about what was given, which stands for `%`. @default - that this value is not possible */
  readonly says?: string;
  readonly allowed: string;
  readonly fix: string;
}

/** One thing that is wrong: where, what was given, what is allowed, and how to fix it. */
export interface Problem {
  readonly code: string;
  /** Whose field it is, from the outside in, such as `rollout rollout-a`, `Ingress default/web`; none of a lone value. */
  readonly subject: readonly string[];
  /** Path of the field in its subject, such as `steps[1].replicas`; empty where it is about the subject as a whole. */
  readonly path: string;
  readonly given: string;
  /** A sentence about it, with `%` for what was given. */
  readonly says: string;
  readonly allowed: string;
  readonly fix: string;
}

/** What a case knows better than the texts of its code. */
type Details = Partial<Pick<Problem, 'subject' | 'allowed' | 'fix'>>;

/** Makes problems with the texts of a layer. */
export function problemsOf<T extends ErrorTexts>(texts: T) {
  return (code: keyof T & string, path: string, given: unknown, details: Details = {}): Problem => {
    const { says, ...text } = texts[code]!;
    // Within a sentence a text needs no quotes.
    const shown = says !== undefined && typeof given === 'string' ? given : show(given);
    return { code, subject: [], path, given: shown, says: says ?? '% is not possible', ...text, ...details };
  };
}

export const problem = problemsOf(errorCodes);

/**
 * The user's input is wrong. Its stack is its message: a trace into our code helps nobody to correct their own.
 */
export class GraylaneError extends Error {
  declare readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const all = [problems].flat();
    super(all.map(describe).join('\n'));
    this.name = 'GraylaneError';
    // Node prints enumerable fields of an uncaught error below it: the message says it all.
    Object.defineProperty(this, 'problems', { value: all });
    this.stack = `${this.name}: ${this.message}`;
  }

  /** Code of the first problem. */
  get code(): string | undefined {
    return this.problems[0]?.code;
  }
}

/** Throws one error that tells all problems, if there are any. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new GraylaneError(problems);
}

/** What work makes of every item; where some of them fail, the problems of all are told at once. */
export function mapAll<T, R>(items: readonly T[], work: (item: T) => R): R[] {
  const problems: Problem[] = [];
  const results = items.flatMap((item) => {
    try {
      return [work(item)];
    } catch (error) {
      if (!(error instanceof GraylaneError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  refuse(problems);
  return results;
}

/** Runs work whose problems are told in other words. */
export function rewording<T>(change: (problem: Problem) => Problem, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof GraylaneError ? new GraylaneError(error.problems.map(change)) : error;
  }
}

/** Runs work whose errors lack whose fields they mean. */
export function naming<T>(name: string, work: () => T): T {
  return rewording((problem) => ofSubject(name, problem), work);
}

/** The same problems, each of a field of `name`. */
export function within(name: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ofSubject(name, problem));
}

/** The same problems, of fields below `path`. */
export function below(path: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: problem.path === '' ? path : `${path}.${problem.path}` }));
}

/** Each problem once: steps of one rollout often have the same, and objects of one name. */
export function eachOnce(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${locationOf(one)} ${one.given}`, one])).values()];
}

/** Whose field it is and which: `rollout rollout-a: steps[1].replicas`. */
export function locationOf({ subject, path }: Problem): string {
  return [...subject, ...(path === '' ? [] : [path])].join(': ');
}

function ofSubject(name: string, problem: Problem): Problem {
  return { ...problem, subject: [name, ...problem.subject] };
}

/** Where, and what about it: `web: steps[0].replicas: "0%" is not possible`, `cdk8s.yaml is missing`. */
export function sentenceOf(problem: Problem): string {
  const { given, says } = problem;
  return `${locationOf(problem)}${given === NOTHING ? ' is missing' : `: ${says.replace('%', () => given)}`}`;
}

function describe(problem: Problem): string {
  const { allowed, fix, code } = problem;
  return `${sentenceOf(problem)}; allowed: ${allowed}. To fix: ${fix}. (${code})`;
}

const NOTHING = 'nothing';

/** Values are shortened: an error is no place for a whole pod template. */
function show(given: unknown): string {
  if (given === undefined) return NOTHING;
  const text = JSON.stringify(given) ?? typeof given;
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
