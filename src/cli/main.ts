#!/usr/bin/env node
/**
 * Starts the program with the code that V8 compiled in an earlier run, if the cache folder has it: compiling takes half of
 * what a warm call costs over starting Node. This file and those that it imports are all that is compiled each time.
 */
import { compiledCodeFolder } from './start/compiled-code-folder.js';
import { loadProgram } from './start/load-program.js';

const program = loadProgram(compiledCodeFolder(), process.argv[2]);
void program.main(() => program.saveCode());
