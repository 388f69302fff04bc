import { defineConfig, type Options } from 'tsup';

/**
 * p-retry and its helper are ES modules only, which the oldest supported Node cannot `require`: they are bundled.
 * The command line is built apart, as ES modules with one chunk per verb, so that a verb loads only its own code.
 */
const shared: Options = { target: 'node20', platform: 'node', sourcemap: false, noExternal: ['p-retry', 'is-network-error'] };

export default defineConfig([
  { ...shared, entry: { index: 'src/index.ts', project: 'src/project-entry.ts' }, format: ['esm', 'cjs'], dts: true, splitting: true, clean: false },
  {
    ...shared,
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    splitting: true,
    minify: true,
    noExternal: [/^(?!undici$)/],
  },
]);
