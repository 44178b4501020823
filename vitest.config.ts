import { defineConfig } from 'vitest/config';

/** Tests of what a process has loaded, or that change what it is: each gets a process of its own. */
const ALONE = ['packages/duckdb/test/lifecycle.test.ts'];

/** Packages as they were built: loading them through Vite, and each call through its wrappers, would take a seventh of all the time. */
const BUILT = [/\/packages\/[a-z]+\/dist\//];

export default defineConfig({
  test: {
    // Anything that silently depends on the machine's zone shows itself in a zone with daylight saving.
    env: { TZ: 'America/New_York' },
    testTimeout: 30_000,
    // The default leaves one core idle, which on two of them is half of the machine.
    maxWorkers: '100%',
    reporters: ['default', './test/support/summary-reporter.ts'],
    globalSetup: './test/support/build.ts',
    server: { deps: { external: BUILT } },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'test/interop/**', ...ALONE],
          // Loading the sources anew for each file would take a quarter of all the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
