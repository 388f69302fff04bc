/** Loads the program, from compiled code if there is any. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

/** The exports of `../program.ts`, which is a part of its own in the build. */
interface Program {
  /** @param beforeExit called after the output is written */
  readonly main: (beforeExit: () => Promise<void>) => Promise<void>;
}

interface LoadedProgram extends Program {
  /** Saves the code that this run compiled, if there is a folder for it and it holds none. */
  readonly saveCode: () => Promise<void>;
}

/** The wrapper that Node puts around a CommonJS module. */
type ModuleFunction = (
  exports: object,
  require: (id: string) => unknown,
  module: { exports: object },
  file: string,
  folder: string,
) => void;

// Next to this file in the build, which is CommonJS. By another name, so that the bundler leaves it alone.
const requirePart: (id: string) => unknown = require;

export function loadProgram(compiledCodeFolder: string | null): LoadedProgram {
  if (compiledCodeFolder !== null) return loadCompiled(compiledCodeFolder);
  const { main } = requirePart('./cli-program.cjs') as Program;
  return { main, saveCode: () => Promise.resolve() };
}

/**
 * Does for the program what Node's own compile cache does for the parts that it loads later, and better: Node 20 has none,
 * and newer ones save the code before it ran, without that of any function.
 */
function loadCompiled(folder: string): LoadedProgram {
  const file = join(__dirname, 'cli-program.cjs');
  const compiledFile = join(folder, `${process.version}-${process.arch}.bin`);
  const source = readFileSync(file);
  const compiled = readCompiled(compiledFile, source);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${source.toString()}\n})`, {
    filename: file,
    cachedData: compiled,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  let partsAreLoaded = false;
  const requireFromProgram = (id: string): unknown => {
    if (!partsAreLoaded && id.startsWith('.')) {
      partsAreLoaded = true;
      enableCompileCache(folder);
    }
    return requirePart(id);
  };
  const module = { exports: {} };
  const run = script.runInThisContext() as ModuleFunction;
  run(module.exports, requireFromProgram, module, file, __dirname);
  return {
    main: (module.exports as Program).main,
    saveCode: async () => {
      // Only a warm call needs no other part, and it is its code that is worth saving.
      if (script.cachedDataRejected === false || partsAreLoaded) return;
      const { saveCompiled } = await import('./save-compiled.js');
      await saveCompiled(compiledFile, script.createCachedData(), source);
    },
  };
}

/** Returns undefined if the code was made from another source. V8 itself compares only the lengths. */
function readCompiled(file: string, source: Buffer): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const length = bytes.length - source.length;
    return length > 0 && bytes.subarray(length).equals(source) ? bytes.subarray(0, length) : undefined;
  } catch {
    return undefined;
  }
}

/** Turns on Node's compile cache for every file that is loaded from now on, in Node 22 and newer. */
function enableCompileCache(folder: string): void {
  // Not imported: a warm call does not need it, and it takes 1 ms to load.
  (process.getBuiltinModule('node:module') as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(folder);
}
