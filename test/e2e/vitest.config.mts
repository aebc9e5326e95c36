import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The real `pulumi` on the real stack: `npx vitest run --config test/e2e/vitest.config.mts`. */
export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  cacheDir: '.cache/vite',
  resolve: { tsconfigPaths: true },
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/stack/global-setup.ts', 'test/e2e/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A cluster and a Pulumi keep two cores busy.
    fileParallelism: false,
  },
});
