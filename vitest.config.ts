import { defineConfig } from 'vitest/config';

const conditions = ['source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/interop/**'],
    // Anything that silently depends on the machine's zone shows itself in a zone with daylight saving.
    env: { TZ: 'America/New_York' },
    testTimeout: 30_000,
    // The default leaves one core idle, which on two of them is half of the machine.
    maxWorkers: '100%',
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
