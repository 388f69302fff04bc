import { defineConfig } from 'vitest/config';

/** Comparisons with the recorded answers of Maven and tools.deps, which are kept outside the project (docs/conformance.md). */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    reporters: ['default'],
  },
});
