import { defineConfig } from 'vitest/config';

import { LongestFirst } from './test/interop/order.js';
import { compiledSources } from './test/support/compiled-sources.js';

/** Tests against real programs: slow, and two files at a time, since a JVM that starts uses little more than one processor. */
export default defineConfig({
  resolve: { alias: [compiledSources] },
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/support/compiled-sources.ts', 'test/interop/shared-folder.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
  },
});
