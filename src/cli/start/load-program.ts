/** Loads the program, from compiled code if there is any. */
import { loadFromCompiledCode } from './compiled-files.js';

/** The exports of `../program.ts`, which is a part of its own in the build. */
interface Program {
  /** @param beforeExit called after the output is written */
  readonly main: (beforeExit: () => Promise<void>) => Promise<void>;
}

interface LoadedProgram extends Program {
  /** Saves the code that this run compiled, if there is a folder for it and it holds none. */
  readonly saveCode: () => Promise<void>;
}

const file = './cli-program.cjs';

// Next to this file in the build, which is CommonJS. By another name, so that the bundler leaves it alone.
const requirePart: (id: string) => unknown = require;

export function loadProgram(compiledCodeFolder: string | null): LoadedProgram {
  if (compiledCodeFolder === null) return { main: (requirePart(file) as Program).main, saveCode: () => Promise.resolve() };
  const { exports, save } = loadFromCompiledCode(file, compiledCodeFolder);
  return { main: (exports as Program).main, saveCode: save };
}
