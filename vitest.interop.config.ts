import { defineConfig } from 'vitest/config';
import common from './vitest.config.ts';

const { projects: _, ...shared } = common.test ?? {};

/** Reads and writes tables together with PyIceberg, in a Python environment of its own: `npm run test:interop`. */
export default defineConfig({
  ...common,
  test: {
    ...shared,
    include: ['test/interop/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/build.ts', 'test/interop/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
