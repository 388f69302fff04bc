/** Levels of proof, and the facts a verdict is made from. Pure. */

/** Weakest first. `none` < `local` < `transport` < `origin` < `quorum` < `signed` < `pinned`. */
export const levels = ['none', 'local', 'transport', 'origin', 'quorum', 'signed', 'pinned'] as const;
export type Level = (typeof levels)[number];

/** Negative when `a` is weaker than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}
