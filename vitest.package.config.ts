import { defineConfig } from 'vitest/config';

/** What npm would publish, installed as a user would: a part of `npm run package`. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    reporters: ['default'],
  },
});
