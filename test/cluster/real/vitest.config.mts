import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests on the real stack, of all folders: `npx vitest run --config test/cluster/real/vitest.config.mts`. */
export default defineConfig({
  root: join(import.meta.dirname, '..', '..', '..'),
  cacheDir: '.cache/vite',
  resolve: { tsconfigPaths: true },
  test: {
    name: 'real',
    include: ['test/*/real/**/*.test.ts'],
    globalSetup: ['test/stack/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A cluster keeps two cores busy.
    fileParallelism: false,
  },
});
