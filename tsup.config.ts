import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { transform } from 'sucrase';
import { defineConfig, type Options } from 'tsup';

/**
 * p-retry, d3 and what they need are ES modules only, which the oldest supported Node cannot `require`: they are bundled.
 *
 * The command line is built separately, as one CommonJS file and a few that are loaded on demand. esbuild runs each module in
 * them at its first use, `import()` included, so that a verb runs only its own code; but a file is always read as a whole,
 * which costs time and memory, so code that a warm call does not need is in files of its own. As ES modules in chunks the
 * same would cost 60 resolutions, and optimizing Node's path functions alone took 4 MB (docs/benchmarks.md).
 *
 * A small file starts the program and looks for code that V8 compiled earlier: reading and compiling the rest took more than
 * half of the time of a warm call.
 *
 * A part consists of the modules that are imported dynamically together, and of their dependencies. The files share no
 * modules: each has its own copy. So only plain values and functions cross from one to another, and the two errors that are
 * recognised across copies (`isClojarsFetchError`, `isTransportError`), never classes that need `instanceof`.
 */
const parts: Readonly<Record<string, readonly string[]>> = {
  'cli-save': ['src/cli/start/save-compiled.ts'],
  'cli-help': ['src/cli/commands/help.ts', 'src/cli/options/option-names.ts'],
  'cli-more': ['src/cli/more-commands.ts'],
  'cli-fetch': [
    'src/fetch/repositories/from-repositories.ts',
    'src/fetch/local/judge-local-file.ts',
    'src/fetch/download/background-digester.ts',
    'src/fetch/versions/resolve-version.ts',
    'src/fetch/versions/list-versions.ts',
    'src/app/client/diagnose.ts',
    'src/app/keys/fetch-keys.ts',
    'src/base/disk/lock.ts',
    'src/local/repository/origin-writer.ts',
    'src/base/disk/temporary-file.ts',
    'src/local/repository/local-metadata.ts',
    'src/local/repository/split-repository.ts',
    'src/network/mirrors/health.ts',
    'src/network/mirrors/circuit.ts',
    'src/local/ledger/mirror-freshness.ts',
  ],
  // Apart from `cli-fetch`: a sync of a mirror that finds nothing new needs no more.
  'cli-network': [
    'src/base/disk/state-file.ts',
    'src/network/transport/create-transport.ts',
    'src/network/transport/connection/dns.ts',
    'src/network/transport/connection/proxy-environment.ts',
    'src/network/transport/connection/descriptors.ts',
    'src/network/s3/s3-transport.ts',
  ],
  'cli-keys': ['src/local/keyring/open-keyrings.ts', 'src/local/keyring/key-store-folder.ts'],
  'cli-trust': [
    'src/app/client/signature-engine.ts',
    'src/proof/key-map/format/parse-verification-metadata.ts',
    'src/proof/key-map/format/gradle-pins.ts',
    'src/proof/checksum/trusted-file.ts',
    'src/local/lockfile/open.ts',
  ],
  'cli-closure': ['src/fetch/resolution/resolve-dependencies.ts'],
  'cli-descriptor': ['src/fetch/resolution/resolve-descriptor.ts'],
  'cli-config': ['src/cli/commands/config.ts'],
  // Loaded with the first POM that a client asks for, and by a prefetch.
  'cli-ahead': [
    'src/app/proxy/ahead/look-ahead.ts',
    'src/app/proxy/ahead/client-process.ts',
    'src/app/proxy/ahead/expected-project.ts',
    'src/app/proxy/ahead/tool-repository.ts',
    'src/app/proxy/prefetch/prefetch-run.ts',
  ],
  'cli-exec': ['src/app/exec/prepare-tools.ts', 'src/app/exec/java-truststore.ts'],
  'cli-rare': [
    'src/app/loopback-tls/certificate-folder.ts',
    'src/fetch/audits/audits.ts',
    'src/local/cache/check.ts',
    'src/local/ledger/audit-times.ts',
    'src/local/settings/mirror-list/document.ts',
    'src/proof/note/note-key.ts',
  ],
  'cli-mirror-check': ['src/cli/commands/mirrors-check.ts'],
  'cli-mirror-stats': ['src/cli/commands/mirror-stats.ts'],
  'cli-mirror-setup': ['src/cli/commands/mirror-setup.ts'],
  'cli-mirror-sync': ['src/cli/commands/mirror-sync.ts'],
  'cli-mirror-report': ['src/cli/commands/mirror-report.ts', 'src/cli/commands/mirror-chart.ts'],
  'cli-audit': ['src/cli/commands/audit.ts'],
  'cli-pom-name': ['src/maven/pom/pom-coordinate.ts'],
};

/**
 * Programs besides `cli-program`, by their file. Their modules are imported statically, so esbuild drops what they do not use and joins the
 * rest in one scope: without its wrappers of modules, such a file is smaller and runs sooner.
 */
const programs: Readonly<Record<string, string>> = { 'cli-proxy': 'src/cli/proxy-program.ts' };

/** Makes each part one file that hands out its modules, and turns each `import()` of one of them into a look into that file. */
const separateParts: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'separate-parts',
  setup({ onResolve, onLoad }) {
    const root = import.meta.dirname;
    const partOf = (module: string): string | undefined => Object.keys(parts).find((name) => parts[name]?.includes(module));
    onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
      const module = relative(root, join(resolveDir, path)).replaceAll('\\', '/').replace(/\.js$/, '.ts');
      const part = partOf(module);
      if (part === undefined) {
        const isProgram = kind === 'dynamic-import' && Object.values(programs).includes(module);
        return isProgram ? { path: module, namespace: 'from-program' } : null;
      }
      if (kind === 'entry-point') return { path: part, namespace: 'part' };
      return kind === 'dynamic-import' ? { path: module, namespace: 'from-part' } : null;
    });
    onLoad({ filter: /./, namespace: 'part' }, ({ path: part }) => ({
      resolveDir: root,
      contents: (parts[part] ?? [])
        .map((module) => `Object.defineProperty(exports, '${module}', { get: () => require('./${module}') });`)
        .join('\n'),
    }));
    onResolve({ filter: /./, namespace: 'from-part' }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /./, namespace: 'from-program' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace: 'from-program' }, ({ path: module }) => ({
      contents: `module.exports = require('./${Object.keys(programs).find((name) => programs[name] === module) ?? ''}.cjs');`,
    }));
    onLoad({ filter: /./, namespace: 'from-part' }, ({ path: module }) => ({
      contents: `module.exports = require('./${partOf(module) ?? ''}.cjs')['${module}'];`,
    }));
  },
};

/** Modules that take milliseconds to load, and that many calls do not need. */
const loadedAtUse = [
  'saxes',
  'node:child_process',
  'node:crypto',
  'node:dns',
  'node:fs/promises',
  'node:http',
  'node:http2',
  'node:timers/promises',
  'node:tls',
  'node:zlib',
];
/** Of these, a package that is bundled: a file of its own, since most XML needs only the parser of `base/xml`. */
const bundledAtUse: Readonly<Record<string, string>> = { saxes: 'cli-saxes' };

/** Loads each of these modules when one of its exports is used for the first time, and not with the module that imports it. */
const loadAtUse: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'load-at-use',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path, namespace }) =>
      kind === 'import-statement' && namespace === 'file' && loadedAtUse.includes(path) ? { path, namespace: 'at-use' } : null,
    );
    onResolve({ filter: /./, namespace: 'at-use' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace: 'at-use' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter((name) => name !== 'default' && name !== 'module.exports');
      return {
        resolveDir: import.meta.dirname,
        contents: [
          `let loaded;`,
          `const load = () => (loaded ??= require('${bundledAtUse[path] === undefined ? path : `./${bundledAtUse[path]}.cjs`}'));`,
          `module.exports = { ${names.map((name) => `get ${name}() { return load().${name}; }`).join(', ')} };`,
        ].join('\n'),
      };
    });
  },
};

/** Converts chunks to CommonJS as tsup does, but keeps `??` and `?.`: tsup turns each into calls of functions. */
const commonJsChunks: NonNullable<Options['plugins']>[number] = {
  name: 'commonjs-chunks',
  buildStart() {
    if (this.format === 'cjs') this.splitting = false;
  },
  renderChunk(code, { path }) {
    if (this.format !== 'cjs') return null;
    return { code: transform(code, { filePath: path, transforms: ['imports'], disableESTransforms: true }).code };
  },
};

/**
 * Puts the library into few files. With code splitting, esbuild makes a file for each set of modules that the same entries
 * share, and each `import()` makes an entry: `index.js` consisted of 48 files, and loading them took 35 ms and 6 MB more than
 * loading these two. So each module that an `import()` names also imports what is loaded before it in any case (`index.ts`),
 * and those of a fetch import each other: then all of them share the same modules.
 */
const inFewFiles: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'in-few-files',
  setup({ onResolve, onLoad }) {
    const root = import.meta.dirname;
    const later = loadedLater();
    // Without `sideEffects`, an import that imports no name would be dropped.
    onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: 'group', sideEffects: true }));
    onLoad({ filter: /./, namespace: 'group' }, ({ path }) => ({
      resolveDir: root,
      contents: (path === 'group:fetch' ? fetchGroup : ['src/index.ts'])
        .map((module, at) => `export * as module${at} from './${module}';`)
        .join('\n'),
    }));
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!later.has(path)) return null;
      const groups = fetchGroup.includes(relative(root, path).replaceAll('\\', '/')) ? ['index', 'fetch'] : ['index'];
      return { loader: 'ts', contents: `${readFileSync(path, 'utf8')}\n${groups.map((group) => `import 'group:${group}';`).join('\n')}` };
    });
  },
};

/** Modules that every fetch loads. */
const fetchGroup = [
  'src/fetch/repositories/from-repositories.ts',
  'src/base/disk/lock.ts',
  'src/local/repository/origin-writer.ts',
  'src/base/disk/temporary-file.ts',
  'src/base/disk/state-file.ts',
  'src/network/mirrors/health.ts',
  'src/network/mirrors/circuit.ts',
  'src/local/ledger/mirror-freshness.ts',
  'src/network/transport/create-transport.ts',
  'src/network/transport/connection/dns.ts',
  'src/network/transport/connection/proxy-environment.ts',
];

/** Finds the modules that an `import()` names. */
function loadedLater(): ReadonlySet<string> {
  const source = join(import.meta.dirname, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Set(
    files.flatMap((file) => {
      const path = join(source, file);
      const names = [...readFileSync(path, 'utf8').matchAll(/\bimport\('(\.[^']+)\.js'\)/g)];
      return names.map(([, name = '']) => join(dirname(path), `${name}.ts`));
    }),
  );
}

const entries = {
  index: 'src/index.ts',
  project: 'src/project.ts',
  trust: 'src/trust.ts',
  proxy: 'src/proxy.ts',
  mirror: 'src/mirror.ts',
  audit: 'src/audit.ts',
};
const shared = {
  target: 'node20',
  platform: 'node',
  sourcemap: false,
  noExternal: ['p-retry', 'is-network-error', /^d3-/, 'internmap'],
} satisfies Options;

/** The public entries, with their type declarations. */
export const library = {
  ...shared,
  entry: entries,
  format: ['esm', 'cjs'],
  // `npm run types` checks the types. Here it would take most of the build.
  dts: { compilerOptions: { noCheck: true } },
  splitting: true,
  clean: false,
  shims: true,
  plugins: [commonJsChunks],
  esbuildPlugins: [inFewFiles],
} satisfies Options;

export default defineConfig([
  library,
  // Started by its file name. One file, because every thread loads all of its code again.
  {
    ...shared,
    entry: { 'verify-thread': 'src/app/verify/threads/verify-thread.ts' },
    format: ['cjs'],
    splitting: false,
    minify: true,
    shims: true,
    esbuildOptions: (options) => void (options.charset = 'ascii'),
  },
  {
    ...shared,
    entry: {
      cli: 'src/cli/main.ts',
      'cli-program': 'src/cli/program.ts',
      ...programs,
      ...Object.fromEntries(Object.entries(bundledAtUse).map(([name, file]) => [file, fileURLToPath(import.meta.resolve(name))])),
      ...Object.fromEntries(Object.entries(parts).map(([name, [first = '']]) => [name, first])),
    },
    format: ['cjs'],
    splitting: false,
    // Otherwise tsup takes these imports before a plugin sees them.
    noExternal: [...shared.noExternal, ...loadedAtUse],
    removeNodeProtocol: false,
    minify: true,
    shims: true,
    esbuildOptions: (options) => {
      // ASCII: Node keeps the text in half the memory.
      options.charset = 'ascii';
      // Packages are required: code that Node did not load itself cannot import without a warning, and the first import takes 10 ms.
      options.supported = { 'dynamic-import': false };
    },
    esbuildPlugins: [separateParts, loadAtUse],
  },
]);
