/**
 * Loads the files of the build from code that V8 compiled in an earlier run. It does what Node's own compile cache does, and better: Node
 * 20 has none, and newer ones save the code before it ran, without that of any function.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

/** The wrapper that Node puts around a CommonJS module. */
type ModuleFunction = (
  exports: object,
  require: (id: string) => unknown,
  module: { exports: object },
  file: string,
  folder: string,
) => void;

interface LoadedFile {
  readonly module: { exports: object };
  /** Saves its compiled code, unless that was there. */
  readonly save: () => Promise<void>;
}

// Next to this file in the build, which is CommonJS. By another name, so that the bundler leaves it alone.
const requirePackage: (id: string) => unknown = require;

/**
 * Loads a file, and with it the files that it requires.
 * @param id such as `./cli-program.cjs`
 * @param use for what it is loaded: the code that this runs is saved apart; null if that is not known
 */
export function loadFromCompiledCode(
  id: string,
  folder: string,
  use: string | null,
): { readonly exports: object; readonly save: () => Promise<void> } {
  const files = new Map<string, LoadedFile>();
  const compiledFile = (name: string): string =>
    join(folder, `${process.version}-${process.arch}-${name.slice(2, -4)}${name === id && use !== null ? `-${use}` : ''}.bin`);
  const requireFile = (name: string): unknown => {
    if (!name.startsWith('./')) return requirePackage(name);
    if (files.size === 1 && !files.has(name)) enableCompileCache(folder);
    return (files.get(name) ?? load(name, compiledFile(name), requireFile, (file) => files.set(name, file))).module.exports;
  };
  const exports = requireFile(id) as object;
  const save = async (): Promise<void> => {
    const [first, ...others] = files.values();
    // Of the first file, another use runs other code. If the use is not known, only that of a short call is worth saving.
    for (const file of others.length > 0 && use === null ? others : [first, ...others]) await file?.save();
  };
  return { exports, save };
}

function load(id: string, compiledFile: string, requireFile: (id: string) => unknown, add: (file: LoadedFile) => void): LoadedFile {
  const file = join(__dirname, id);
  const source = readFileSync(file);
  const cachedData = readCompiled(compiledFile, source);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) { ${source.toString('latin1')}\n})`, {
    filename: file,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const save = async (): Promise<void> => {
    if (script.cachedDataRejected === false) return;
    const { saveCompiled } = await import('./save-compiled.js');
    await saveCompiled(compiledFile, script.createCachedData(), source);
  };
  const loaded: LoadedFile = { module: { exports: {} }, save };
  // Before it runs: files may require each other.
  add(loaded);
  (script.runInThisContext() as ModuleFunction)(loaded.module.exports, requireFile, loaded.module, file, __dirname);
  return loaded;
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

/** Turns on Node's compile cache for every package that is loaded from now on, in Node 22 and newer. */
function enableCompileCache(folder: string): void {
  // Not imported: a warm call does not need it, and it takes 1 ms to load.
  (process.getBuiltinModule('node:module') as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(folder);
}
