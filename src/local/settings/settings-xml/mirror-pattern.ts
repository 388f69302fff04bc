/**
 * Decides which repositories a `<mirrorOf>` covers, as Maven's DefaultMirrorSelector does (maven-compat; that of
 * maven-resolver-util 1.6 does not trim the parts).
 */
import type { Repository } from '../../../network/mirrors/repository.js';

/** The part of a repository that decides. */
type Subject = Pick<Repository, 'id' | 'url'>;

/** Returns the mirror for a repository, or null: an exact `mirrorOf` wins over patterns, then the first match. */
export function selectMirror<M extends { readonly mirrorOf: string; readonly layouts: string }>(
  repository: Subject,
  mirrors: readonly M[],
): M | null {
  const candidates = mirrors.filter((mirror) => coversLayout(mirror.layouts));
  return (
    candidates.find((mirror) => mirror.mirrorOf === repository.id) ??
    candidates.find((mirror) => matchesMirrorOf(mirror.mirrorOf, repository)) ??
    null
  );
}

/**
 * Whether the pattern covers the repository. Parts of a list are read in order: the exact id and its exclusion
 * (`!id`) decide at once, a wildcard only until a later part excludes.
 */
export function matchesMirrorOf(pattern: string, repository: Subject): boolean {
  if (pattern === '*' || pattern === repository.id) return true;
  let result = false;
  for (const part of pattern.split(',').map((text) => text.trim())) {
    if (part.length > 1 && part.startsWith('!')) {
      if (part.slice(1) === repository.id) return false;
    } else if (part === repository.id) {
      return true;
    } else if (part === '*') {
      result = true;
    } else if (part === 'external:*') {
      if (isExternal(repository.url)) result = true;
    } else if (part === 'external:http:*') {
      if (isExternal(repository.url) && repository.url.protocol === 'http:') result = true;
    }
  }
  return result;
}

/** Maven treats only these two names as local, not `::1` or 127.0.0.2. */
function isExternal(url: URL): boolean {
  return url.protocol !== 'file:' && url.hostname !== 'localhost' && url.hostname !== '127.0.0.1';
}

/** All repositories here have the layout `default`. As above, an exact name decides at once, and a wildcard only until a later part excludes. */
function coversLayout(layouts: string): boolean {
  if (layouts === '') return true;
  let result = false;
  for (const part of layouts.split(',')) {
    if (part === 'default') return true;
    if (part === '!default') return false;
    if (part === '*') result = true;
  }
  return result;
}
