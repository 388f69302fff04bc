/**
 * Decides which files are compared across repositories. Pure.
 *
 * The earliest repository that has a file wins. If a public one comes first, an attacker's file can take the place of a
 * private one with the same name (dependency confusion), so a file from Central or Clojars is compared with the files of
 * the other repositories. A comparison never reveals a private name to a public repository.
 */
import type { ComparisonMode } from '../../base/words.js';
import { findBuiltIn } from './built-in.js';
import type { Repository } from './repository.js';

export type { ComparisonMode };

/**
 * Whether a file from `used` must be compared with that of the later repository `other`. Central is never compared with Clojars, which
 * refuses deploys that shadow Central.
 */
export function isCompared(used: Repository, other: Repository, mode: ComparisonMode): boolean {
  if (mode === 'off' || other.blocked !== undefined || (isPublic(used) && isPublic(other))) return false;
  return mode === 'all' || isPublic(used);
}

/** Whether this is Central or Clojars itself, judged by URL: a company's repository of that name may serve private files. */
function isPublic({ id, url }: Repository): boolean {
  return findBuiltIn(id, url) !== null;
}
