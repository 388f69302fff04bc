import { defineConfig, type Options } from 'tsup';

/**
 * p-retry and its helper are ES modules only, which the oldest supported Node cannot `require`: they are bundled.
 *
 * The command line is built apart, as one CommonJS file. esbuild runs each module of it at its first use, `import()`
 * included, so that a verb runs only its own code; as ES modules in chunks the same would cost 60 resolutions, and
 * optimizing Node's path functions alone took 4 MB (docs/benchmarks.md).
 */
const shared: Options = { target: 'node20', platform: 'node', sourcemap: false, noExternal: ['p-retry', 'is-network-error'] };

export default defineConfig([
  { ...shared, entry: { index: 'src/index.ts', project: 'src/project-entry.ts', trust: 'src/trust-entry.ts' }, format: ['esm', 'cjs'], dts: true, splitting: true, clean: false },
  {
    ...shared,
    entry: { cli: 'src/cli/main.ts' },
    format: ['cjs'],
    splitting: false,
    minify: true,
  },
]);
