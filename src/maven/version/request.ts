/** Distinguishes the kinds of version requests. */
import { isRange } from './range.js';
import { isSelector } from './selector.js';
import { isSnapshot, parseTimestampedVersion } from './snapshot.js';

/**
 * The kind of version that a user asks for.
 *
 * - `exact`: one version, including a timestamped snapshot; it names one file.
 * - `snapshot`: a base version (`1.0-SNAPSHOT`), resolved through its own metadata.
 * - `range`, `selector`, `RELEASE`, `LATEST`: resolved through the artifact's metadata.
 */
export type VersionKind = 'exact' | 'snapshot' | 'range' | 'selector' | 'RELEASE' | 'LATEST';

/**
 * Determines the kind of a version as a user writes it. POMs and build files do not support selectors, so `4.x` is exact there; text that
 * starts with an operator can never be a version in a repository.
 */
export function classifyVersion(text: string): VersionKind {
  if (text === 'RELEASE' || text === 'LATEST') return text;
  if (isRange(text)) return 'range';
  if (isSelector(text)) return 'selector';
  return isSnapshot(text) && parseTimestampedVersion(text) === null ? 'snapshot' : 'exact';
}
