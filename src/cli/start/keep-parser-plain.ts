/** Keeps V8 from optimizing the HTTP parser, which undici brings as WebAssembly. */
import { type Engine, thisEngine } from './engine.js';

/**
 * About the bytes that a function of WebAssembly executes before it is optimized: more than any call reaches. The parser is one large
 * function. V8 optimized it after the first few answers, which took 200 ms of processor time and 30 MB, to parse some hundred bytes of
 * headers for each file.
 */
const tieringBudget = 2_000_000_000;

/** Must be called before the first request. All versions of V8 that Node 20 to 24 have know the flag. */
export function keepParserPlain(engine: Engine = thisEngine()): void {
  engine.setFlags(`--wasm-tiering-budget=${tieringBudget}`);
}
