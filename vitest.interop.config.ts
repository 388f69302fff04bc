import { defineConfig } from 'vitest/config';

/** Tests against real programs: slow, and one file after the other, since they share ports and processors. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    fileParallelism: false,
    reporters: ['default'],
  },
});
