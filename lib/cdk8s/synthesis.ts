import type { IConstruct } from 'constructs';

/** Ways of synthesizing a whole app. */
const WAYS = ['synth', 'synthYaml'] as const;

/** Runs `around` with every synthesis of the whole app; a single chart may also be synthesized without it. */
export function aroundSynthesis(root: IConstruct, around: <T>(synthesize: () => T) => T): void {
  const app = root as Partial<Record<(typeof WAYS)[number], () => unknown>>;
  for (const way of WAYS) {
    const synthesize = app[way]?.bind(app);
    if (synthesize) app[way] = () => around(synthesize);
  }
}
