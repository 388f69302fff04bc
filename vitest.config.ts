import { defineConfig } from 'vitest/config';

import { compiledSources } from './test/support/compiled-sources.js';

// To watch sources, Vitest must transform them itself.
const isOneRun = process.argv.includes('run');

export default defineConfig({
  resolve: { alias: isOneRun ? [compiledSources] : [] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/conformance/**', 'test/package/**', 'test/soak/**', 'node_modules/**'],
    globalSetup: ['test/support/folders-in-memory.ts', 'test/support/compiled-sources.ts'],
    // They end a test that hangs. A machine with twenty times as much work as it can do must not look like one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // For `expect.poll`: a busy machine may take its time.
    expect: { poll: { interval: 5, timeout: 30_000 } },
    pool: 'forks',
    // Loading the package again for each of 190 files is a fifth of the run. Tests restore everything that they change in the process.
    isolate: false,
    // More workers than two cores: two fifths of the run are waits for servers, timers and child processes.
    maxWorkers: 5,
    reporters: ['default'],
  },
});
