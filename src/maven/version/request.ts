/** Distinguishes the kinds of version requests. */
import { isRange } from './range.js';
import { isMarkedSelector } from './selector.js';
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
 * Determines the kind of a version. Only a marked text (`markSelector`) is a selector: the texts `4.x`, `~1` and `=1` are versions that
 * repositories may have.
 */
export function classifyVersion(text: string): VersionKind {
  if (text === 'RELEASE' || text === 'LATEST') return text;
  if (isRange(text)) return 'range';
  if (isMarkedSelector(text)) return 'selector';
  return isSnapshot(text) && parseTimestampedVersion(text) === null ? 'snapshot' : 'exact';
}
