/** Group patterns: `org.clojure` is that group, `org.clojure.*` every group beneath it, `*` all of them. */

/** True for a well-formed pattern. */
export function isGroupPattern(text: string): boolean {
  return text === '*' || (text.length <= 512 && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*?(?:\.\*)?$/.test(text) && !text.includes('..'));
}

/**
 * How closely `pattern` names `group`: null not at all, else larger is closer. The group itself is closer than any
 * pattern with a star, and a longer one with a star is closer than a shorter one.
 */
export function matchGroup(pattern: string, group: string): number | null {
  if (pattern === group) return Number.MAX_SAFE_INTEGER;
  if (pattern === '*') return 0;
  if (pattern.endsWith('.*') && group.startsWith(pattern.slice(0, -1)) && group.length > pattern.length - 1) {
    return pattern.length;
  }
  return null;
}

/** The closest match among `patterns`, null when none matches. */
export function closestMatch(patterns: Iterable<string>, group: string): number | null {
  let closest: number | null = null;
  for (const pattern of patterns) {
    const match = matchGroup(pattern, group);
    if (match !== null && (closest === null || match > closest)) closest = match;
  }
  return closest;
}
