import type { IConstruct } from 'constructs';

/** Ways of synthesizing a whole app: into files, and as text. */
const WAYS = ['synth', 'synthYaml'] as const;

type Way = (typeof WAYS)[number];

/** Runs `around` with every synthesis of the whole app; a single chart may also be synthesized without it. */
export function aroundSynthesis(root: IConstruct, around: (synthesize: () => unknown, way: Way) => unknown): void {
  const app = root as Partial<Record<Way, () => unknown>>;
  for (const way of WAYS) {
    const synthesize = app[way]?.bind(app);
    if (synthesize) app[way] = () => around(synthesize, way);
  }
}
