import { configDefaults, defineConfig } from 'vitest/config';

/** Folders whose tests need more than this process: each is a part of its own. */
const apart = [
  'test/**/*.long.test.ts',
  'test/**/*.nightly.test.ts',
  'test/*/real/**',
  'test/e2e/**',
  'test/package/**',
  'test/stack/**',
];

/** A part that keeps two cores busy for longer, with programs that are built before its first test. */
function heavy(name: string, include: string | string[], seconds: number, globalSetup: string[] = [], maxWorkers = 1) {
  const timeout = seconds * 1000;
  // Parts with different numbers of workers have to run one after the other.
  const sequence = { groupOrder: maxWorkers - 1 };
  return {
    extends: true as const,
    test: {
      name,
      include: [include].flat(),
      globalSetup,
      testTimeout: timeout,
      hookTimeout: timeout,
      maxWorkers,
      sequence,
    },
  };
}

export default defineConfig({
  cacheDir: '.cache/vite',
  // `graylane/...` resolves to the sources, by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    setupFiles: ['test/fast-check.ts'],
    // In CI `record` is frozen: tests are people at their desk, and say it themselves where they are not.
    env: { CI: '' },
    // Only what hangs is meant to end here: on a machine with a dozen other jobs the laws of the gateways take a minute.
    testTimeout: 180_000,
    // One project per part of test/run.ts that vitest runs.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/fixtures/**', ...apart],
          // By default one core is left idle: with two, that is half of them.
          maxWorkers: '100%',
          // Every file would load graylane, cdk8s and Pulumi again.
          isolate: false,
        },
      },
      // Releases, requests and broken inputs by the thousand, compilers, and git repositories.
      heavy('long', 'test/**/*.long.test.ts', 900),
      // Installs packages and compiles.
      heavy('package', 'test/package/**/*.test.ts', 300),
      heavy('stack', 'test/stack/**/*.test.ts', 60, ['test/stack/global-setup.ts']),
      heavy('real', 'test/*/real/**/!(*.nightly).test.ts', 120, ['test/stack/global-setup.ts']),
      // Waits more than it works: two files at a time, on one API server.
      heavy(
        'e2e',
        'test/e2e/**/!(*.nightly).test.ts',
        900,
        ['test/stack/global-setup.ts', 'test/e2e/global-setup.ts'],
        2,
      ),
      // Bad days by the dozen, on the simulated and on the real API server.
      heavy('bad-days', 'test/cluster/**/*.nightly.test.ts', 1800, ['test/stack/global-setup.ts']),
      // A release bot and people, for as long as a part: clones and syntheses by the hundred.
      heavy('bot', 'test/cli/**/*.nightly.test.ts', 900),
      // With Pulumi's own Kubernetes provider, whose build alone takes as long as a part.
      heavy(
        'nightly',
        'test/{e2e,checks}/**/*.nightly.test.ts',
        1800,
        ['test/stack/global-setup.ts', 'test/e2e/provider-setup.ts', 'test/e2e/global-setup.ts'],
        2,
      ),
    ],
  },
});
