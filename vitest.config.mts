import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '.cache/vite',
  // `graylane/...` resolves to the sources, by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    // One project per part of test/run.ts that vitest runs.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/fixtures/**', 'test/stack/**'],
        },
      },
    ],
  },
});
