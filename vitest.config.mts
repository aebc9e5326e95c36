import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '.cache/vite',
  // `graylane/...` resolves to the sources, by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    // The architecture test reads all sources; five seconds can be short on a busy machine.
    testTimeout: 20_000,
    // One project per part of test/run.ts that vitest runs.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/*/real/**', 'test/e2e/**', 'test/fixtures/**', 'test/package/**', 'test/stack/**'],
        },
      },
      {
        extends: true,
        // Installs packages and compiles.
        test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
});
