/** Sets the flags of V8 for a verb, before its code is loaded: compiled code is kept for the flags with which it was made. */
import type { Verb } from '../options/verbs.js';
import { type Engine, thisEngine } from './engine.js';
import { keepHeapSmall, limitHeapGrowth } from './keep-heap-small.js';
import { optimizeLater } from './optimize-later.js';

/** Verbs that handle hundreds of files and POMs in one call, or thousands in their first seconds. */
const forManyFiles: ReadonlySet<Verb> = new Set(['deps', 'project', 'lock', 'proxy', 'exec', 'mirror'] satisfies Verb[]);

/** Verbs that run for hours or days, next to other programs. */
const forLong: ReadonlySet<Verb> = new Set(['proxy', 'mirror'] satisfies Verb[]);

/** Sets the flags of the verb with which its code is loaded. */
export function setEngineFlags(verb: Verb, engine: Engine = thisEngine()): void {
  if (forManyFiles.has(verb)) optimizeLater(engine);
  if (forLong.has(verb)) limitHeapGrowth(engine);
}

/** Sets the flags of the verb, and from then on those that depend on how much memory is used. */
export function tuneEngine(verb: Verb, engine: Engine = thisEngine()): void {
  if (forManyFiles.has(verb)) optimizeLater(engine);
  if (forLong.has(verb)) restore = keepHeapSmall(engine);
}

let restore = (): void => undefined;

/** Sets the flags as they were when the code of the verb was loaded. Must be called before compiled code is saved. */
export function restoreFlags(): void {
  restore();
}
