import { defineConfig } from 'vitest/config';

/** Tests against real programs: slow, and two files at a time, since a JVM that starts uses little more than one processor. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default'],
  },
});
