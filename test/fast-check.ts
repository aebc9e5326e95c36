/** Before every test file: the same generated cases in every run, so that a red run is about the change at hand. */
import fc from 'fast-check';

/** `FAST_CHECK_SEED=random` looks for others. */
const { FAST_CHECK_SEED: given = '20261123' } = process.env;

fc.configureGlobal({ seed: given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given) });
