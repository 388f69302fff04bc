import { join, relative } from 'node:path';
import { defineConfig, type Options } from 'tsup';

/**
 * p-retry and its helper are ES modules only, which the oldest supported Node cannot `require`: they are bundled.
 *
 * The command line is built apart, as one CommonJS file and a few that are read when they are needed. esbuild runs each
 * module in them at its first use, `import()` included, so that a verb runs only its own code; but all of a file is
 * read, which costs time and memory, so what the default verb rarely needs is in files of its own. As ES modules in
 * chunks the same would cost 60 resolutions, and optimizing Node's path functions alone took 4 MB (docs/benchmarks.md).
 *
 * The files share no modules: each has its own copy of what it needs. So what crosses from one to another are plain
 * values, functions and errors (which `isClojarsFetchError` knows across copies), never classes to be asked `instanceof`.
 */
const parts: Readonly<Record<string, string>> = { 'cli-more': 'src/cli/more-commands.ts', 'cli-signatures': 'src/signature-engine.ts',
  'cli-closure': 'src/resolution/resolve-dependencies.ts',
  'cli-descriptor': 'src/resolution/resolve-descriptor.ts',
  'cli-pom-name': 'src/pom-coordinate.ts',
};

/** Leaves `import()` of a part as an import of its own file. */
const separateParts: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'separate-parts',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return null;
      const file = relative(import.meta.dirname, join(resolveDir, path)).replaceAll('\\', '/').replace(/\.js$/, '.ts');
      const part = Object.keys(parts).find((name) => parts[name] === file);
      return part === undefined ? null : { path: `./${part}.cjs`, external: true };
    });
  },
};

const shared: Options = { target: 'node20', platform: 'node', sourcemap: false, noExternal: ['p-retry', 'is-network-error'] };

export default defineConfig([
  { ...shared, entry: { index: 'src/index.ts', project: 'src/project-entry.ts', trust: 'src/trust-entry.ts' }, format: ['esm', 'cjs'], dts: true, splitting: true, clean: false },
  {
    ...shared,
    entry: { cli: 'src/cli/main.ts', ...parts },
    format: ['cjs'],
    splitting: false,
    minify: true,
    esbuildPlugins: [separateParts],
  },
]);
