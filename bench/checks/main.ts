/**
 * Plays releases of an hour on paper, and prints what becomes of them by our check and by Argo's rule, beside each other.
 *
 *     npm run bench:checks [RELEASES]      100,000 without an argument
 */
import { argo, type Fate, type Rule, sequential } from './rules';
import { hourOf, type Pattern, patterns, type Random, randomOf } from './traffic';

/** Shares of requests that fail: those of the canary beside those of stable. */
interface Shares {
  readonly canary: number;
  readonly stable: number;
}

interface Comparison {
  readonly title: string;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly releases: readonly (Shares & { readonly kind: 'healthy' | 'bad' })[];
}

const SEED = 20261128;
const RATES = [6, 30, 60, 150, 600];

const comparisons: readonly Comparison[] = [
  {
    title: 'atMost: 1%',
    rules: {
      graylane: sequential({ share: 0.01 }),
      'Argo, limit 0': argo(0.01, 0),
      'limit 3': argo(0.01, 3),
      'limit 5': argo(0.01, 5),
    },
    releases: [
      { kind: 'healthy', canary: 0.002, stable: 0.002 },
      { kind: 'healthy', canary: 0.005, stable: 0.005 },
      { kind: 'healthy', canary: 0.01, stable: 0.01 },
      { kind: 'bad', canary: 0.02, stable: 0.01 },
      { kind: 'bad', canary: 0.04, stable: 0.01 },
    ],
  },
  {
    title: 'noWorseThan: { ratio: 2 }, the canary has a tenth of the requests',
    rules: { graylane: sequential({ ratio: 2, unlessBelow: 0.005 }) },
    releases: [
      { kind: 'healthy', canary: 0, stable: 0 },
      { kind: 'healthy', canary: 0.01, stable: 0.01 },
      { kind: 'healthy', canary: 0.02, stable: 0.01 },
      { kind: 'bad', canary: 0.04, stable: 0.01 },
      { kind: 'bad', canary: 0.08, stable: 0.01 },
    ],
  },
];

/** What became of releases of one kind: parts of them, and the median of the minutes until they were aborted. */
interface Outcome {
  readonly aborted: number;
  readonly passed: number;
  readonly minutes: number | undefined;
}

main(Number(process.argv[2] ?? 100_000));

function main(count: number): void {
  const cells = comparisons.reduce((sum, { releases }) => sum + releases.length * RATES.length * patterns.length, 0);
  const each = Math.ceil(count / cells);
  const random = randomOf(SEED);
  console.log(`${each * cells} releases of an hour, ${each} of each kind; seed ${SEED}`);
  const wrong = comparisons.map((comparison) => table(comparison, each, random));
  const worst = Math.max(...wrong);
  console.log(`\nat most ${percent(worst)} of one kind were healthy and aborted, or bad and passed; declared are 5%`);
  if (worst > 0.05) process.exitCode = 1;
}

/** @returns the largest part of our verdicts on one kind that are wrong */
function table({ title, rules, releases }: Comparison, each: number, random: Random): number {
  const names = Object.keys(rules);
  console.log(`\n${title}: aborted / passed, and the median of the minutes until an abort\n`);
  console.log(row(['requests a minute', 'fail', 'traffic', ...names]));
  console.log(row(Array<string>(names.length + 3).fill('---')));
  let worst = 0;
  for (const perMinute of RATES) {
    for (const release of releases) {
      for (const pattern of patterns) {
        const outcomes = play(perMinute, release, pattern, Object.values(rules), each, random);
        const shares = `${percent(release.canary)}, stable ${percent(release.stable)}`;
        console.log(row([String(perMinute), shares, pattern.name, ...outcomes.map(words)]));
        const [ours] = outcomes as [Outcome];
        worst = Math.max(worst, release.kind === 'healthy' ? ours.aborted : ours.passed);
      }
    }
  }
  return worst;
}

function play(
  perMinute: number,
  { canary, stable }: Shares,
  pattern: Pattern,
  rules: readonly Rule[],
  each: number,
  random: Random,
): Outcome[] {
  const fates = rules.map((): Fate[] => []);
  for (let i = 0; i < each; i++) {
    const hour = hourOf(perMinute, canary, stable, pattern, random);
    for (const [j, rule] of rules.entries()) fates[j]!.push(rule(hour));
  }
  return fates.map(outcomeOf);
}

function outcomeOf(fates: readonly Fate[]): Outcome {
  const part = (is: Fate['is']) => fates.filter((fate) => fate.is === is).length / fates.length;
  const minutes = fates
    .map(({ is, after }) => (is === 'aborted' ? after : Infinity))
    .sort((a, b) => a - b)
    .at(Math.floor(fates.length / 2))!;
  return { aborted: part('aborted'), passed: part('passed'), minutes: Number.isFinite(minutes) ? minutes : undefined };
}

function words({ aborted, passed, minutes }: Outcome): string {
  return `${percent(aborted)} / ${percent(passed)}${minutes === undefined ? '' : `, ${minutes}`}`;
}

function percent(part: number): string {
  return `${Number((100 * part).toFixed(1))}%`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
