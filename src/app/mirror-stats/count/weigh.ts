/** From keys of single requests to counts of versions. */
import { slash } from '../lines/bytes.js';
import { KeptText } from './kept-text.js';
import type { VisitKey } from './visit-key.js';

/**
 * How often a client is counted:
 * - `each`: each request counts.
 * - `first-range`: in addition, requests for a part of a file count once for each client, file and day, unless the client got the
 *   whole file.
 * - `client`: each client counts once for each version and day.
 */
export type Weight = 'each' | 'first-range' | 'client';

/**
 * Adds up the keys of a version. A key is `group/artifact/version`, and after one more slash the client and what it asked for; such a key
 * counts by `weight`.
 */
export function weigh(weight: Weight, visit: VisitKey): { readonly add: VisitKey; readonly end: () => void } {
  let day = -1;
  const text = new KeptText();
  let sum = 0;
  const end = (): void => {
    if (day !== -1 && sum > 0) visit(day, text.bytes, 0, text.length, sum);
    day = -1;
    sum = 0;
  };
  return {
    add: (nextDay, bytes, textStart, textEnd, count) => {
      const versionEnd = endOfVersion(bytes, textStart, textEnd);
      const isSame = nextDay === day && text.equals(bytes, textStart, versionEnd);
      if (!isSame) {
        end();
        day = nextDay;
        text.set(bytes, textStart, versionEnd);
      }
      sum += versionEnd === textEnd ? count : weight === 'client' ? 1 : Math.max(count, 1);
    },
    end,
  };
}

/** Returns the place of the third slash, or the end. */
function endOfVersion(bytes: Uint8Array, start: number, end: number): number {
  let slashes = 0;
  let at = start;
  for (; at < end; at++) {
    if (bytes[at] === slash) slashes += 1;
    if (slashes === 3) return at;
  }
  return end;
}
