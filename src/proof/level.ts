/** Levels of proof and their order. Pure. */
import { type Level, levels } from '../base/words.js';

export { type Level, levels };

/** Negative when `a` is weaker than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}
