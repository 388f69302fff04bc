/** The program with all of its verbs. */
import { run } from './run.js';
import { runProcess } from './run-process.js';

/** Runs the program to its end. @param beforeExit called after the output is written */
export function main(beforeExit: () => Promise<void>): Promise<never> {
  return runProcess(run, beforeExit);
}
