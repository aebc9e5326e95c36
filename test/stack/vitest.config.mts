import { defineConfig } from 'vitest/config';

/** Tests of the stack itself: `npx vitest run --config test/stack/vitest.config.mts`. */
export default defineConfig({
  // Also as a project of another configuration: the paths below are relative to this folder.
  root: import.meta.dirname,
  cacheDir: '../../.cache/vite',
  test: {
    name: 'stack',
    include: ['**/*.test.ts'],
    globalSetup: ['./global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A cluster keeps two cores busy.
    fileParallelism: false,
  },
});
