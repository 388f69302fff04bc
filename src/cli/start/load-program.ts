/** Loads the program, from compiled code if there is any. */
import type { Verb } from '../options/verbs.js';
import { loadFromCompiledCode } from './compiled-files.js';
import { setEngineFlags } from './tune-engine.js';

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

/** The program of the verbs that a build tool waits for. */
const proxyFile = './cli-proxy.cjs';
const ofProxy: ReadonlySet<string> = new Set(['proxy', 'exec'] satisfies Verb[]);

// Next to this file in the build, which is CommonJS. By another name, so that the bundler leaves it alone.
const requirePart: (id: string) => unknown = require;

/** Verbs that run only a part of the program, and other files besides. */
const apart: readonly Verb[] = ['deps', 'project', 'lock', 'proxy', 'exec', 'mirror', 'audit'];

/** @param firstWord of the command line */
export function loadProgram(compiledCodeFolder: string | null, firstWord = ''): LoadedProgram {
  const program = ofProxy.has(firstWord) ? proxyFile : file;
  if (compiledCodeFolder === null) return { main: (requirePart(program) as Program).main, saveCode: () => Promise.resolve() };
  const verb = apart.find((one) => one === firstWord) ?? null;
  // V8 takes compiled code only with the flags with which it was saved.
  if (verb !== null) setEngineFlags(verb);
  const { exports, save } = loadFromCompiledCode(program, compiledCodeFolder, verb);
  return { main: (exports as Program).main, saveCode: save };
}
