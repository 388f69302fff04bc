/**
 * Values with Leiningen's metadata `^:displace` and `^:replace`, and the merging of two such values.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project`: `different-priority?`, `pick-prioritized`, `meta-merge`.
 */
import { type Form, hasFlag } from './form.js';

/** The marks of one value. */
export interface Marks {
  /** `^:displace`: yields to any other value. */
  readonly displace: boolean;
  /** `^:replace`: replaces another value instead of merging with it. */
  readonly replace: boolean;
}

/** A list with the marks of its vector. */
export interface MarkedList<T> extends Marks {
  readonly items: readonly T[];
}

export const unmarked: Marks = { displace: false, replace: false };

/** Reads the marks before a form. */
export function marksOf(form: Form): Marks {
  return { displace: hasFlag(form, 'displace'), replace: hasFlag(form, 'replace') };
}

/**
 * Returns the value that wins by its marks, or null if the two must be merged. A mark counts once: a list that replaced another merges with
 * the next one.
 */
export function pickMarked<T extends Marks>(earlier: T, later: T): T | null {
  if ((earlier.displace && later.displace) || (earlier.replace && later.replace))
    return { ...later, displace: earlier.displace || later.displace, replace: earlier.replace || later.replace };
  if (earlier.displace || later.replace) return { ...later, displace: later.displace, replace: earlier.replace };
  if (earlier.replace || later.displace) return { ...earlier, displace: earlier.displace, replace: later.replace };
  return null;
}

/** Merges a later list into an earlier one; `combine` merges the items if no mark decides. */
export function mergeMarked<T>(
  earlier: MarkedList<T> | undefined,
  later: MarkedList<T> | undefined,
  combine: (earlier: readonly T[], later: readonly T[]) => readonly T[],
): MarkedList<T> | undefined {
  if (earlier === undefined) return later;
  if (later === undefined) return earlier;
  return pickMarked(earlier, later) ?? { items: combine(earlier.items, later.items), ...unmarked };
}

/** Merges later items into earlier ones. If several earlier items share a key, the first changes. */
export function mergeByKey<T>(
  earlier: readonly T[],
  later: readonly T[],
  keyOfItem: (item: T) => string,
  merge: (earlier: T, later: T) => T,
): readonly T[] {
  const merged = [...earlier];
  const places = new Map<string, number>();
  for (const [place, item] of merged.entries()) if (!places.has(keyOfItem(item))) places.set(keyOfItem(item), place);
  for (const item of later) {
    const place = places.get(keyOfItem(item)) ?? merged.length;
    const before = merged[place];
    places.set(keyOfItem(item), place);
    merged[place] = before === undefined ? item : merge(before, item);
  }
  return merged;
}
