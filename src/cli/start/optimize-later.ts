/** Tells V8 to optimize code later: a process that handles hundreds of files ends before most optimized code has paid off. */
import { type Engine, thisEngine } from './engine.js';

/**
 * The bytes of bytecode that a function executes before V8 looks at it again; four times as many as without this. V8 counts an
 * asynchronous function from its beginning at every `await`, so that functions that ran a hundred times look hot to it.
 */
const interruptBudget = 270_336;

/**
 * Must be called before the code runs that is meant. For the command line only: the flag applies to the whole process. Newer
 * versions than that of Node 20 do not know the flag and count calls instead, ten times as many by default.
 */
export function optimizeLater(engine: Pick<Engine, 'version' | 'setFlags'> = thisEngine()): void {
  if (engine.version.startsWith('11.')) engine.setFlags(`--interrupt-budget=${interruptBudget}`);
}
