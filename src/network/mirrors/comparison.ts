/**
 * Whose file is held against whose. Pure.
 *
 * The earliest repository that has a file wins. Where a public one comes first, that is how somebody else's file takes
 * the place of a private one of the same name (dependency confusion), so a file from Central or Clojars is compared
 * with what the other repositories have. A name that is not public is told to nobody for the sake of comparing.
 */
import type { ComparisonMode } from '../../base/words.js';
import { findBuiltIn } from './built-in.js';
import type { Repository } from './repository.js';

export type { ComparisonMode };

/**
 * Whether a file from `used` is to be compared with that of the later repository `other`. Never Central's with
 * Clojars': Clojars refuses deploys that shadow Central.
 */
export function isCompared(used: Repository, other: Repository, mode: ComparisonMode): boolean {
  if (mode === 'off' || other.blocked !== undefined || (isPublic(used) && isPublic(other))) return false;
  return mode === 'all' || isPublic(used);
}

/** Central or Clojars themselves, by URL: what a company's repository of that name serves may be private. */
function isPublic({ id, url }: Repository): boolean {
  return findBuiltIn(id, url) !== null;
}
