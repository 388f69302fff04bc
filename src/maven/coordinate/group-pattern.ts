/** Group patterns: `org.clojure` matches that group, `org.clojure.*` every group below it, `*` every group. */

/** Whether the text is a well-formed pattern. */
export function isGroupPattern(text: string): boolean {
  return text === '*' || (text.length <= 512 && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*?(?:\.\*)?$/.test(text) && !text.includes('..'));
}

/**
 * Returns how closely `pattern` matches `group`: larger is closer, null is no match. The group itself is closer than any
 * pattern with a star; among patterns with a star, the longer one is closer.
 */
export function matchGroup(pattern: string, group: string): number | null {
  if (pattern === group) return Number.MAX_SAFE_INTEGER;
  if (pattern === '*') return 0;
  if (pattern.endsWith('.*') && group.startsWith(pattern.slice(0, -1)) && group.length > pattern.length - 1) {
    return pattern.length;
  }
  return null;
}

/** As {@link matchGroup}, except that `org.clojure.*` matches `org.clojure` too: the meaning in trust rules and key maps. */
export function matchGroupOrParent(pattern: string, group: string): number | null {
  return matchGroup(pattern, group) ?? (pattern.endsWith('.*') && pattern.slice(0, -2) === group ? pattern.length : null);
}

/** Returns the closest match among `patterns`, or null if none matches. */
export function closestMatch(patterns: Iterable<string>, group: string): number | null {
  let closest: number | null = null;
  for (const pattern of patterns) {
    const match = matchGroup(pattern, group);
    if (match !== null && (closest === null || match > closest)) closest = match;
  }
  return closest;
}
