import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The scenarios on the real stack: `npx vitest run --config test/cluster/real/vitest.config.mts`. */
export default defineConfig({
  root: join(import.meta.dirname, '..', '..', '..'),
  cacheDir: '.cache/vite',
  resolve: { tsconfigPaths: true },
  test: {
    name: 'real',
    include: ['test/cluster/real/**/*.test.ts'],
    globalSetup: ['test/stack/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A cluster keeps two cores busy.
    fileParallelism: false,
  },
});
