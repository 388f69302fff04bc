/** Tells the kinds of version requests apart. */
import { isRange } from './range.js';
import { isSelector } from './selector.js';
import { isSnapshot, parseTimestampedVersion } from './snapshot.js';

/**
 * The kind of version a user asks for.
 *
 * - `exact`: one version, including a timestamped snapshot; it names one file.
 * - `snapshot`: a base version (`1.0-SNAPSHOT`), resolved through its own metadata.
 * - `range`, `selector`, `RELEASE`, `LATEST`: resolved through the artifact's metadata.
 */
export type VersionKind = 'exact' | 'snapshot' | 'range' | 'selector' | 'RELEASE' | 'LATEST';

/**
 * The kind of a version as a user asks for it. POMs and build files know no selectors, so `4.x` is exact; text that
 * starts with an operator is not a version that a repository can have, wherever it stands.
 */
export function classifyVersion(text: string): VersionKind {
  if (text === 'RELEASE' || text === 'LATEST') return text;
  if (isRange(text)) return 'range';
  if (isSelector(text)) return 'selector';
  return isSnapshot(text) && parseTimestampedVersion(text) === null ? 'snapshot' : 'exact';
}
